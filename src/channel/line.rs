//! LINE Messaging API: multicast, reply, account link and webhook signatures.
