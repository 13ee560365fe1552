//! Web Push (RFC 8030/8188/8291/8292): a subscription and a notice in, an encrypted request out.
