#!/bin/sh
# The sample city's flyers in, the pictures of docs/チラシの作り方.md out. Needs poppler-utils and ImageMagick.
#   docs/img/chirashi.sh [path of otayori]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
otayori=${1:-otayori}
root=$here/../..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OTAYORI_PUBLIC_URL=https://otayori.city.harukaze.example.jp

"$otayori" flyer --root "$root" --out "$work"
"$otayori" flyer --handouts --only tsuwari --root "$root" --out "$work"
"$otayori" flyer pack --flyer touroku --root "$root" --out "$work/zip"
unzip -qo "$work"/zip/touroku-*.zip order.pdf -d "$work/zip"

# PDF, dots an inch, name: its first page.
page() { pdftoppm -r "$2" -singlefile -png "$1" "$work/$3"; }
# Name, then pages: side by side, each with a fine edge, in few colours (small files).
row() {
  name=$1
  shift
  montage "$@" -tile "$#x1" -gravity south -bordercolor '#c9c9c4' -border 1 -geometry +10+10 -background white "$work/row.png"
  convert "$work/row.png" -dither None -colors 40 -strip "PNG8:$here/$name.png"
}

for sheet in touroku-a4 touroku-a5 touroku-en-postcard card-cards touroku-en-stickers; do
  page "$work/flyers/$sheet.screen.pdf" 28 "$sheet"
done
row chirashi-size "$work/touroku-a4.png" "$work/touroku-a5.png" "$work/touroku-en-postcard.png" "$work/card-cards.png" "$work/touroku-en-stickers.png"
page "$work/flyers/touroku-easy-a4.screen.pdf" 42 easy
page "$work/flyers/shitsumon-a5.screen.pdf" 52 shitsumon
row chirashi-words "$work/easy.png" "$work/shitsumon.png"
page "$work/flyers/shitsumon-a5.print.pdf" 52 print
page "$work/zip/order.pdf" 42 order
row chirashi-print "$work/print.png" "$work/order.png"
for sheet in a4 a5 postcard cards; do
  page "$work/flyers/ryoshin-gakkyu-$sheet.screen.pdf" 34 "event-$sheet"
done
row chirashi-event "$work/event-a4.png" "$work/event-a5.png" "$work/event-postcard.png" "$work/event-cards.png"
page "$work/handouts/tsuwari.pdf" 48 handout
row chirashi-handout "$work/handout.png"
ls -l "$here"/chirashi-*.png
