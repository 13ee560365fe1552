//! A message for a contact in, a claimed batch out, settled once: the one queue of everything that is sent.
