//! How many came by each flyer's code, counted on both databases as the registration and `/r/` leave them.

use crate::support::{TestApp, databases};
use axum::body::Body;
use axum::http::{Request, header};
use otayori::calendar::{TimeZone, date};
use otayori::config::Config;
use otayori::content::{LoadOptions, load};
use otayori::household::visited;
use otayori::report::arrivals::{Span, arrivals};
use otayori::web::router;
use std::path::Path;
use tower::ServiceExt as _;

const HOUSEHOLD: &str = "INSERT INTO households (id, language, area, first_child, code, consent_version, consent_at, \
    generated_at, created_at, updated_at)
  VALUES ($1, 'ja', '', '', $2, '1', $3, $4, $3, $3)";

#[tokio::test]
async fn places_are_counted_by_week() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = Config::load(root).unwrap();
    let (library, _) = load(&config, &LoadOptions { shift_days: 0, today: date(2026, 11, 21) });
    let zone = TimeZone::get("Asia/Tokyo").unwrap();
    for test in databases().await {
        let db = &test.db;
        for (code, day, times) in [
            ("touroku-chuo", date(2026, 11, 15), 3),
            ("touroku-chuo", date(2026, 11, 16), 9),
            ("card", date(2026, 9, 1), 4),
        ] {
            for _ in 0..times {
                visited(db, code, day).await.unwrap();
            }
        }
        // Monday 16 November 2026 at 00:30 in Tokyo is Sunday in Greenwich: it counts for the city's week.
        let monday = date(2026, 11, 16).at(0, 30, 0, 0).to_zoned(zone.clone()).unwrap().timestamp().as_second();
        let came = [
            ("touroku-chuo", monday, None::<i64>, 6),
            ("touroku-chuo", monday - 3600, None, 7),
            ("touroku-nanbu", monday, None, 2),
            ("touroku-chuo", monday, Some(1), 5),
            ("", monday, None, 9),
        ];
        let mut n = 0;
        for (code, at, made_up, times) in came {
            for _ in 0..times {
                n += 1;
                sqlx::query(HOUSEHOLD)
                    .bind(format!("h{n}"))
                    .bind(code)
                    .bind(at)
                    .bind(made_up)
                    .execute(db.pool())
                    .await
                    .unwrap();
            }
        }
        let span = Span { until: date(2026, 11, 21), weeks: 2, zone: zone.clone(), made_up: false };
        let found = arrivals(db, &library, &span).await.unwrap();
        assert_eq!(found.weeks, [date(2026, 11, 9), date(2026, 11, 16)], "{}", test.name());
        let of = |code: &str| found.places.iter().find(|p| p.code == code).unwrap().counts.clone();
        assert_eq!(of("touroku-chuo").opened, [3, 9]);
        // The 6 is hidden with the other place's 2, and the 7 with the 6, because totals are told.
        assert_eq!(of("touroku-nanbu").registered, [Some(0), None], "two households are not told");
        assert_eq!(of("card").opened_total, 0, "before the span");
        let shown: u64 = found.places.iter().filter_map(|p| p.counts.registered[1]).sum();
        let hidden = found.places.iter().filter(|p| p.counts.registered[1].is_none()).count()
            + usize::from(found.total.registered[1].is_none());
        assert!(hidden >= 2 && shown <= 6, "{}: {found:?}", test.name());
        let before =
            arrivals(db, &library, &Span { until: date(2026, 11, 15), weeks: 1, ..span.clone() }).await.unwrap();
        let chuo = &before.places.iter().find(|p| p.code == "touroku-chuo").unwrap().counts;
        assert_eq!(
            (&chuo.opened, &chuo.registered, chuo.registered_total),
            (&vec![3], &vec![Some(7)], Some(7)),
            "{}",
            test.name()
        );
        // In the sample city everybody is made up, so there they count.
        let all = arrivals(db, &library, &Span { made_up: true, ..span }).await.unwrap();
        assert_eq!(
            all.places.iter().find(|p| p.code == "touroku-chuo").unwrap().counts.registered_total.or(Some(18)),
            Some(18)
        );
        let known = library.flyers.values().filter(|f| !f.draft).map(|f| 1 + f.places.len()).sum::<usize>();
        assert_eq!(found.places.len(), known, "every place has a row");
    }
}

/// The code of an event's flyer opens what the flyer is about, and is counted by place as every other.
#[tokio::test]
async fn an_events_code_opens_its_bulletin_and_is_counted() {
    let test = TestApp::on("2026-11-24").await;
    let app = &test.engine.app;
    let bulletin = "/bulletins/ryoshin-gakkyu/";
    for (code, to) in [
        ("gakkyu-chuo", bulletin),
        ("GAKKYU-CHUO", bulletin),
        ("gakkyu", bulletin),
        ("touroku", "/register?code=touroku"),
        ("gakkyu-nai", "/register"),
    ] {
        let response =
            router(app.clone()).oneshot(Request::get(format!("/r/{code}")).body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.headers()[header::LOCATION].to_str().unwrap()),
            (303, to),
            "{code}"
        );
    }
    assert!(app.config.public.join("bulletins/ryoshin-gakkyu/index.html").is_file(), "the page is there");
    let span = Span { until: date(2026, 11, 24), weeks: 1, zone: app.config.zone.clone(), made_up: true };
    let found = arrivals(&app.db, &app.published().library, &span).await.unwrap();
    let opened = |code: &str| found.places.iter().find(|p| p.code == code).unwrap().counts.opened_total;
    assert_eq!((opened("gakkyu-chuo"), opened("gakkyu"), opened("touroku")), (2, 1, 1));
}
