#!/bin/sh
# The sample city's screens in, the pictures of the other guides out. Needs Chromium and ImageMagick.
#   docs/img/gamen.sh [path of otayori]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
otayori=${1:-otayori}
work=$(mktemp -d)
root=$work/city
mkdir "$root"
for part in content segments themes otayori.yaml; do cp -r "$here/../../$part" "$root/"; done
# A proof round under way.
cat >"$root/content/flyers/touroku.proof.yaml" <<'END'
comments:
- at: 2026-11-20 10:12
  by: 佐藤（こども未来課）
  size: a4
  text: 電話番号をもう少し大きくしてください。
  sha256: 0f3a9c51d2e84b7765a1c0de9b82f4173e6d5a908c1b2f4e7d6a3950c8e1b274
  answers:
  - at: 2026-11-20 15:40
    by: 山本（印刷の担当）
    text: 19ポイントにしました。
- at: 2026-11-21 09:05
  by: 中村（母子保健係）
  size: a5
  text: 港こども館の正式な名前を確かめています。
END
"$otayori" households generate --root "$root" --count 500 --seed 1 --date 2026-11-24 >"$work/log" 2>&1 || cat "$work/log"
port=${PORT:-8099}
"$otayori" preview --root "$root" --date 2026-11-24 --port "$port" >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
until curl -fsS -o /dev/null "http://127.0.0.1:$port/preview/" 2>/dev/null; do
  kill -0 "$server" || { cat "$work/log"; exit 1; }
  sleep 0.5
done

# Path, name, width, height: a screen in few colours at three fifths of its size (small files).
screen() {
  # Laying out a flyer takes longer than a browser waits.
  curl -fsS -o /dev/null "http://127.0.0.1:$port$1"
  chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --disable-background-networking --disable-component-update --disable-sync \
    --timeout=8000 --user-data-dir="$work/$2" --window-size="$3,$4" --screenshot="$work/$2.png" "http://127.0.0.1:$port$1" >/dev/null 2>&1
  convert "$work/$2.png" -resize 60% -bordercolor '#c9c9c4' -border 1 -dither None -colors 48 -strip "PNG8:$here/$2.png"
}

screen /preview/ gamen-list 1280 900
screen /preview/boshitecho gamen-article 1280 1000
screen /preview/coverage/ gamen-coverage 1280 900
screen /preview/flyers/touroku/ gamen-proof 1280 2100
screen /articles/tsuwari/ gamen-phone 390 1000
screen /night/ gamen-night 390 1000
screen /api/ gamen-api 1280 900
convert "$here/gamen-phone.png" "$here/gamen-night.png" +append -colors 48 "PNG8:$here/gamen-phone.png"
rm "$here/gamen-night.png"
ls -l "$here"/gamen-*.png
