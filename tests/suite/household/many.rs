//! Many households at once: made up, and imported all or nothing.

use super::*;

#[tokio::test]
async fn made_up_households_are_the_same_every_time() {
    let mut lists = Vec::new();
    for test in databases().await {
        let service = Service::start(&test).await;
        let site = &service.app.config.site;
        let target = Target::Subjects { pregnancies: 40, children: 300 };
        for already in [false, true] {
            let mut address = |n: u64| Ok(SUBSCRIPTION.replace("/abc", &format!("/{n}")));
            let spec = Spec {
                target,
                seed: 7,
                date: date(2026, 11, 21),
                now: service.now,
                site,
                line_percent: 60,
                push: Some(&mut address),
            };
            let made = generate(&service.db, &service.vault, spec, &mut |_| {}).await.unwrap();
            assert_eq!(
                (made.pregnancies, made.children, made.already, made.line + made.web_push),
                (40, 300, already, made.households)
            );
            assert!((50..70).contains(&(made.line * 100 / made.households)), "{made:?}");
        }
        let list = household::list(&service.db).await.unwrap();
        assert!(list.iter().all(|h| h.generated && h.channels.len() == 1 && !h.subjects.is_empty()));
        lists.push(list);
    }
    assert!(lists.windows(2).all(|two| two[0] == two[1]), "the same on both databases");
}

#[tokio::test]
async fn imports_all_or_nothing() {
    for test in databases().await {
        let service = Service::start(&test).await;
        let (site, today) = (&service.app.config.site, service.app.today());
        let text = format!(
            "household,kind,due_on,birth_on,area,language,first_child,line\n\
             1,pregnancy,2027-03-16,,south,ja,no,{LINE_USER}\n1,child,,2025/4/10,,,,\n2,child,,2022-01-02,,,,\n"
        );
        let (found, problems) = import::read("in.csv", &text, site, today);
        assert!(!problems.has_errors());
        let ids = import::store(&service.db, &service.vault, found.clone(), service.now).await.unwrap();
        assert_eq!(ids.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["1", "2"]);
        // A LINE user who is there already is a mistake of the file; and whatever happens, a file is stored whole or
        // not at all.
        let known = import::check_known(&service.db, &service.vault, "in.csv", &found).await.unwrap().sorted();
        assert_eq!(
            known.iter().map(|p| (p.line, p.message.as_str())).collect::<Vec<_>>(),
            [
                (2, "この LINE のユーザーは、もう登録しています"),
                (4, "同じ地区・同じ日付の世帯を、前にも取りこんでいます")
            ]
        );
        assert!(
            known[1].severity == otayori::diag::Severity::Warning && known[1].hint.contains("households remove"),
            "{known:?}"
        );
        assert!(import::store(&service.db, &service.vault, found, service.now).await.is_err());
        // A household that only looks alike in part is another one, and so is one that registered by itself.
        let other = "household,kind,due_on,birth_on,area\n8,child,,2022-01-02,south\n9,child,,2022-01-02,\n\
            9,child,,2025-01-02,\n";
        let (found, problems) = import::read("in.csv", other, site, today);
        assert_eq!(
            (
                problems.counts(),
                import::check_known(&service.db, &service.vault, "in.csv", &found).await.unwrap().counts()
            ),
            ((0, 0), (0, 0))
        );
        // The same child twice in a household: twins, or a slip.
        let twice = "household,kind,due_on,birth_on\n7,child,,2022-01-02\n7,child,,2022/1/2\n";
        let (found, problems) = import::read("in.csv", twice, site, today);
        assert_eq!((found.len(), problems.counts()), (1, (0, 1)));
        assert_eq!(
            problems.sorted()[0].to_string(),
            "warning: in.csv:3:1 同じ世帯に、同じ誕生日（2022-01-02）の行がもうあります\n  hint: ふたごなら、\
             このままで正しいです。同じ子を2度書いていたら、1行を消してください"
        );
        let list = household::list(&service.db).await.unwrap();
        assert_eq!(list.len(), 2);
        assert_eq!(
            (list[0].subjects.len(), list[0].channels.as_slice(), list[0].generated),
            (2, [otayori::contact::Channel::Line].as_slice(), false)
        );
        assert_eq!(
            contact::by_line_user(&service.db, &service.vault, LINE_USER)
                .await
                .unwrap()
                .map(|m| m.household_id)
                .as_ref(),
            Some(&ids[0].1)
        );
    }
}
