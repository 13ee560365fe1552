//! What can be in danger: how the desk calls it, and what is a matter of life.

/// What is in danger; decides which contacts fit and what comes first. In the order of the desk's list: the nearer to death, the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Too much medicine was taken: an ambulance, however well somebody feels.
    Overdose,
    /// Not wanting to live.
    Mind,
    /// Breath, consciousness, convulsions, colour: an ambulance.
    Vital,
    /// Violence against the asker or a child.
    Violence,
    /// A child was shaken: to be seen by a doctor, however well it looks.
    Shaken,
    /// Voices, being watched: an illness after a birth that begins within hours.
    Psychosis,
    /// The fear of one's own hand: somebody to talk to, not the police.
    Hand,
    /// Bleeding.
    Bleeding,
    /// A blow on the head, a fall, a burn, something swallowed.
    Injury,
    /// Everything else that a doctor should see: tightness, waters, movements of the child, pain, fever of a newborn.
    Body,
}

impl Danger {
    /// All, the nearest to death first.
    pub const ALL: [Self; 10] = [Self::Overdose, Self::Mind, Self::Vital, Self::Violence, Self::Shaken, Self::Psychosis, Self::Hand, Self::Bleeding, Self::Injury, Self::Body];
    /// As it is stored (sealed) and named in forms.
    pub fn id(self) -> &'static str {
        match self {
            Self::Overdose => "overdose",
            Self::Mind => "mind",
            Self::Vital => "vital",
            Self::Violence => "violence",
            Self::Shaken => "shaken",
            Self::Psychosis => "psychosis",
            Self::Hand => "hand",
            Self::Bleeding => "bleeding",
            Self::Injury => "injury",
            Self::Body => "body",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.id() == id)
    }
    /// As the desk's list shows it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overdose => "いのち（薬）",
            Self::Mind => "いのち",
            Self::Vital => "意識・呼吸",
            Self::Violence => "暴力",
            Self::Shaken => "ゆさぶり",
            Self::Psychosis => "こころの急変",
            Self::Hand => "手が出そう",
            Self::Bleeding => "出血",
            Self::Injury => "けが・誤飲",
            Self::Body => "からだ",
        }
    }
    /// A danger to somebody's life: on top of the list, and with the city's own steps beside the thread.
    pub fn life(self) -> bool {
        match self {
            Self::Overdose | Self::Mind | Self::Vital | Self::Violence | Self::Shaken | Self::Psychosis => true,
            Self::Hand | Self::Bleeding | Self::Injury | Self::Body => false,
        }
    }
    /// Something that a doctor or an ambulance is for.
    pub fn medical(self) -> bool {
        match self {
            Self::Overdose | Self::Vital | Self::Shaken | Self::Bleeding | Self::Injury | Self::Body => true,
            Self::Mind | Self::Violence | Self::Psychosis | Self::Hand => false,
        }
    }
}
