//! @skill:id a.b.c
pub fn f( {}
