//! What somebody may do.

/// What somebody may do at the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads and answers.
    Clinician,
    /// Writes and publishes content.
    Editor,
    /// The city: bulletins, flyers, figures.
    CityStaff,
    /// Reads only.
    CityObserver,
    /// Accounts and settings.
    Admin,
}

impl Role {
    /// All, in the order of lists.
    pub const ALL: [Self; 5] = [Self::Clinician, Self::Editor, Self::CityStaff, Self::CityObserver, Self::Admin];
    /// As in the database and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Editor => "editor",
            Self::CityStaff => "city_staff",
            Self::CityObserver => "city_observer",
            Self::Admin => "admin",
        }
    }
    /// From its id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.id() == id)
    }
    /// In Japanese.
    pub fn title(self) -> &'static str {
        match self {
            Self::Clinician => "回答者",
            Self::Editor => "編集",
            Self::CityStaff => "市の担当",
            Self::CityObserver => "市の閲覧",
            Self::Admin => "管理",
        }
    }
}
