//! What can be in danger: how it is stored, how the desk calls it, and what is a matter of life.

/// What is in danger; decides which contacts fit and what comes first. In the order of the desk's list: the nearer to
/// death, the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Too much medicine was taken: an ambulance, however well somebody feels.
    Overdose,
    /// Not wanting to live.
    Suicide,
    /// Breath, consciousness, convulsions, colour: an ambulance.
    Vital,
    /// Somebody else does not want to live: not to be left alone.
    SuicideOther,
    /// Violence against the asker or a child.
    Violence,
    /// A child was shaken: to be seen by a doctor, however well it looks.
    Shaken,
    /// A child is hurt or left alone by somebody, as the asker sees or hears it.
    ChildAbuseSeen,
    /// Voices, being watched: an illness after a birth that begins within hours.
    Psychosis,
    /// Bleeding after a birth.
    Haemorrhage,
    /// One swollen leg, pain in the chest, breathlessness after a birth.
    Clot,
    /// The fear of one's own hand: somebody to talk to, not the police.
    HarmChild,
    /// Headache, flashes, high pressure, pain under the ribs in pregnancy or after a birth.
    Preeclampsia,
    /// Bleeding in pregnancy.
    Bleeding,
    /// Fever before three months.
    InfantFever,
    /// A child swallowed something, or was given the wrong dose.
    Ingestion,
    /// A blow on the head, a fall, a burn, a crash.
    Injury,
    /// The child in the womb moves less.
    FetalMovement,
    /// Waters or regular contractions before term.
    WatersPreterm,
    /// Waters or contractions at term.
    WatersTerm,
    /// Fever after a birth.
    MotherFever,
    /// Everything else that a doctor should see.
    OtherSick,
}

impl Danger {
    /// All, the nearest to death first.
    pub const ALL: [Self; 21] = [
        Self::Overdose,
        Self::Suicide,
        Self::Vital,
        Self::SuicideOther,
        Self::Violence,
        Self::Shaken,
        Self::ChildAbuseSeen,
        Self::Psychosis,
        Self::Haemorrhage,
        Self::Clot,
        Self::HarmChild,
        Self::Preeclampsia,
        Self::Bleeding,
        Self::InfantFever,
        Self::Ingestion,
        Self::Injury,
        Self::FetalMovement,
        Self::WatersPreterm,
        Self::WatersTerm,
        Self::MotherFever,
        Self::OtherSick,
    ];
    /// As it is stored (sealed) and named in forms and in `content/danger/`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Overdose => "overdose",
            Self::Suicide => "suicide",
            Self::Vital => "vital",
            Self::SuicideOther => "suicide_other",
            Self::Violence => "violence",
            Self::Shaken => "shaken",
            Self::ChildAbuseSeen => "child_abuse_seen",
            Self::Psychosis => "psychosis",
            Self::Haemorrhage => "haemorrhage",
            Self::Clot => "clot",
            Self::HarmChild => "harm_child",
            Self::Preeclampsia => "preeclampsia",
            Self::Bleeding => "bleeding",
            Self::InfantFever => "infant_fever",
            Self::Ingestion => "ingestion",
            Self::Injury => "injury",
            Self::FetalMovement => "fetal_movement",
            Self::WatersPreterm => "waters_preterm",
            Self::WatersTerm => "waters_term",
            Self::MotherFever => "mother_fever",
            Self::OtherSick => "other_sick",
        }
    }
    /// From its id; also from the ids of before the kinds were told apart.
    pub fn from_id(id: &str) -> Option<Self> {
        let id = match id {
            "mind" => "suicide",
            "hand" => "harm_child",
            "body" => "other_sick",
            other => other,
        };
        Self::ALL.into_iter().find(|d| d.id() == id)
    }
    /// As the desk shows it; who asks never sees it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overdose => "いのち（薬）",
            Self::Suicide => "いのち",
            Self::Vital => "意識・呼吸",
            Self::SuicideOther => "いのち（身近な人）",
            Self::Violence => "暴力",
            Self::Shaken => "ゆさぶり",
            Self::ChildAbuseSeen => "虐待の心配",
            Self::Psychosis => "こころの急変",
            Self::Haemorrhage => "産後の出血",
            Self::Clot => "血のかたまり（足・胸）",
            Self::HarmChild => "手が出そう",
            Self::Preeclampsia => "頭痛・血圧",
            Self::Bleeding => "出血",
            Self::InfantFever => "3か月前の熱",
            Self::Ingestion => "誤飲",
            Self::Injury => "けが・やけど",
            Self::FetalMovement => "胎動",
            Self::WatersPreterm => "破水・張り（37週前）",
            Self::WatersTerm => "破水・陣痛",
            Self::MotherFever => "産後の熱",
            Self::OtherSick => "からだ",
        }
    }
    /// A danger to somebody's life: on top of the list, and with the city's own steps beside the thread.
    pub fn life(self) -> bool {
        match self {
            Self::Overdose
            | Self::Suicide
            | Self::Vital
            | Self::SuicideOther
            | Self::Violence
            | Self::Shaken
            | Self::ChildAbuseSeen
            | Self::Psychosis
            | Self::Haemorrhage
            | Self::Clot => true,
            Self::HarmChild
            | Self::Preeclampsia
            | Self::Bleeding
            | Self::InfantFever
            | Self::Ingestion
            | Self::Injury
            | Self::FetalMovement
            | Self::WatersPreterm
            | Self::WatersTerm
            | Self::MotherFever
            | Self::OtherSick => false,
        }
    }
    /// Something that a doctor or an ambulance is for.
    pub fn medical(self) -> bool {
        match self {
            Self::Overdose
            | Self::Vital
            | Self::Shaken
            | Self::Haemorrhage
            | Self::Clot
            | Self::Preeclampsia
            | Self::Bleeding
            | Self::InfantFever
            | Self::Ingestion
            | Self::Injury
            | Self::FetalMovement
            | Self::WatersPreterm
            | Self::WatersTerm
            | Self::MotherFever
            | Self::OtherSick => true,
            Self::Suicide
            | Self::SuicideOther
            | Self::Violence
            | Self::ChildAbuseSeen
            | Self::Psychosis
            | Self::HarmChild => false,
        }
    }
}
