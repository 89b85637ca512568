//! Shapes and their areas.

use std::fmt;

/// How precise areas are.
pub const DIGITS: usize = 2;
static mut COUNT: u32 = 0;

pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong.
#[derive(Debug)]
pub enum Error {
    /// Less than nothing.
    Negative(f64),
    Other { text: String },
}

/// Has an area.
pub trait Shape: fmt::Debug {
    type Unit;
    const SIDES: u32;

    /// Returns the area.
    fn area(&self) -> f64;

    fn name(&self) -> String {
        String::from("shape")
    }
}

#[derive(Clone, Debug)]
#[must_use]
pub struct Circle<T = f64> {
    radius: T,
}

pub union Bits {
    int: u32,
    float: f32,
}

impl<T> Circle<T>
where
    T: Copy,
{
    /// Makes one.
    #[must_use]
    pub const fn new(radius: T) -> Self {
        Self { radius }
    }
}

impl Shape for Circle<f64> {
    type Unit = ();
    const SIDES: u32 = 0;

    fn area(&self) -> f64 {
        fn square(x: f64) -> f64 {
            x * x
        }
        std::f64::consts::PI * square(self.radius)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

macro_rules! circle {
    ($radius:expr) => {
        Circle::new($radius)
    };
}

extern "C" {
    fn abs(x: i32) -> i32;
}

pub mod tools {
    use super::Circle;

    pub async fn measure(circle: &Circle) -> f64 {
        circle.radius
    }
}

mod other;

fn main() {
    let circle = circle!(1.0);
    println!("{:.1$}", circle.area(), DIGITS);
}
