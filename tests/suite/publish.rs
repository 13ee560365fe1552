//! Where the commands write, what they leave alone, and what they refuse to make a site of: as processes of their own, by what stands on the disk after.

mod names;
mod places;
