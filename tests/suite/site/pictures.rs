//! Pictures in widths, upright, and smaller where they can be.

use super::*;

#[test]
fn pictures_come_in_widths() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let images = dir.path().join("content/images");
    fs::create_dir_all(&images).unwrap();
    image::RgbImage::from_fn(1000, 500, |x, y| image::Rgb([x as u8, y as u8, 90])).save(images.join("a.png")).unwrap();
    let article = dir.path().join("content/articles/hajimete.md");
    let text = fs::read_to_string(&article).unwrap() + "\n![青い\"板\"](images/a.png)\n";
    fs::write(&article, text).unwrap();
    let (_dir, _, all) = built(&load(dir.path(), Some(DAY)).unwrap());
    let names: Vec<&String> = all.keys().filter(|n| n.starts_with("images/")).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(names.iter().all(|n| all[*n].starts_with(b"RIFF")));
    let html = String::from_utf8_lossy(&all["articles/hajimete/index.html"]).into_owned();
    let set = attributes(&html, "srcset").pop().unwrap();
    assert_eq!(set.matches(" 480w").count() + set.matches(" 960w").count() + set.matches(" 1000w").count(), 3, "{set}");
    assert!(
        attributes(&html, "width").contains(&"1000".to_owned())
            && attributes(&html, "height").contains(&"500".to_owned())
    );
}

/// A telephone held upright writes a picture that lies, and says so in its Exif data.
#[test]
fn photographs_stand_as_they_were_taken() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let images = dir.path().join("content/images");
    fs::create_dir_all(&images).unwrap();
    // Blue on the left: turned clockwise by a quarter, blue is at the top.
    let mut jpeg = Vec::new();
    let picture =
        image::RgbImage::from_fn(
            80,
            40,
            |x, _| if x < 40 { image::Rgb([0, 0, 255]) } else { image::Rgb([255, 255, 0]) },
        );
    picture.write_to(&mut std::io::Cursor::new(&mut jpeg), image::ImageFormat::Jpeg).unwrap();
    // Exif, big-endian, one entry: tag 0x0112 (orientation), a short, 6.
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let segment = [b"\xff\xe1".as_slice(), &(exif.len() as u16 + 2).to_be_bytes(), exif].concat();
    jpeg.splice(2..2, segment);
    fs::write(images.join("photo.jpg"), jpeg).unwrap();
    let article = dir.path().join("content/articles/hajimete.md");
    let text = fs::read_to_string(&article).unwrap() + "\n![空](images/photo.jpg)\n";
    fs::write(&article, text).unwrap();
    let (_dir, _, all) = built(&load(dir.path(), Some(DAY)).unwrap());
    let html = String::from_utf8_lossy(&all["articles/hajimete/index.html"]).into_owned();
    assert!(
        attributes(&html, "width").contains(&"40".to_owned()) && attributes(&html, "height").contains(&"80".to_owned()),
        "{html}"
    );
    let webp = image::load_from_memory(all.iter().find(|(n, _)| n.contains("photo-")).unwrap().1).unwrap().to_rgb8();
    assert_eq!(webp.dimensions(), (40, 80));
    let [top, bottom] = [webp.get_pixel(20, 10).0, webp.get_pixel(20, 70).0];
    assert!(top[2] > 180 && top[0] < 90 && bottom[0] > 180 && bottom[2] < 90, "{top:?} {bottom:?}");
}

/// By setting (of a program that was built for it), photographs are offered as AVIF as well; a drawing that would be no
/// smaller is not.
#[cfg(feature = "avif")]
#[test]
fn photographs_are_smaller_as_avif() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let images = dir.path().join("content/images");
    fs::create_dir_all(&images).unwrap();
    // Soft light on round things, as in a room, and a picture of one colour.
    let light = |x: u32, y: u32, size: f32| {
        (128.0 + 90.0 * (x as f32 / size).sin() * (y as f32 / (size * 0.7) + x as f32 / 60.0).cos()) as u8
    };
    image::RgbImage::from_fn(240, 180, |x, y| {
        image::Rgb([light(x, y, 19.0), light(y, x, 31.0), light(x + y, y, 47.0)])
    })
    .save(images.join("photo.png"))
    .unwrap();
    image::RgbImage::from_pixel(16, 16, image::Rgb([250, 248, 240])).save(images.join("flat.png")).unwrap();
    let article = dir.path().join("content/articles/hajimete.md");
    let text =
        fs::read_to_string(&article).unwrap() + "\n![夕方の部屋](images/photo.png)\n\n![白い紙](images/flat.png)\n";
    fs::write(&article, text).unwrap();
    let with = |line: &str| {
        let settings = fs::read_to_string(dir.path().join("otayori.yaml")).unwrap();
        fs::write(dir.path().join("otayori.yaml"), settings + line).unwrap();
        let (_dir, _, all) = built(&load(dir.path(), Some(DAY)).unwrap());
        (String::from_utf8_lossy(&all["articles/hajimete/index.html"]).into_owned(), all)
    };
    let (html, all) = with("");
    assert!(!html.contains("<picture") && !all.keys().any(|n| n.ends_with(".avif")), "nobody asked for it");
    let (html, all) = with("\navif: true\n");
    assert!(
        all.iter()
            .filter(|(n, _)| n.ends_with(".avif"))
            .all(|(n, bytes)| n.contains("photo-") && bytes[4..12] == *b"ftypavif")
    );
    assert_eq!(html.matches("<picture").count(), 1, "{html}");
    let size = |end: &str| {
        all.iter().filter(|(n, _)| n.contains("photo-") && n.ends_with(end)).map(|(_, b)| b.len()).sum::<usize>()
    };
    assert!(size(".avif") > 0 && size(".avif") < size(".webp"));
    let source = html.split("<source").nth(1).unwrap().split('>').next().unwrap();
    assert!(source.contains("image/avif") && source.contains(".avif 240w"), "{source}");
}

/// Where it was not built for it, the setting is a mistake that says what to do.
#[cfg(not(feature = "avif"))]
#[test]
fn avif_asks_for_a_program_that_can_do_it() {
    let dir = tempfile::tempdir().unwrap();
    new::create(dir.path(), DAY).unwrap();
    let settings = fs::read_to_string(dir.path().join("otayori.yaml")).unwrap();
    fs::write(dir.path().join("otayori.yaml"), settings + "\navif: true\n").unwrap();
    let told = format!("{:?}", load(dir.path(), Some(DAY)).err().unwrap().sorted());
    assert!(told.contains("このプログラムは AVIF を作れません") && told.contains("--features avif"), "{told}");
}
