//! A question in, a thread that is answered at the desk out.
