//! Bundled stand-ins of LINE and of a push service for demo and tests: they refuse what the real ones refuse.
