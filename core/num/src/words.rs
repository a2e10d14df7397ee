//! Words for the variants of an enum, as settings have them.

/// Gives an enum without fields the words that users write for its variants: `NAMES` in order, `from_name` and `name`.
///
/// ```
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// enum Side {
///     Left,
///     Right,
/// }
/// boltzflow_num::words!(Side: Left = "left", Right = "right");
///
/// assert_eq!(Side::from_name("right"), Some(Side::Right));
/// assert_eq!((Side::NAMES.len(), Side::Left.name()), (2, "left"));
/// ```
#[macro_export]
macro_rules! words {
    ($type:ident: $($variant:ident = $word:literal),+ $(,)?) => {
        impl $type {
            /// Its words for settings.
            pub const NAMES: &'static [&'static str] = &[$($word),+];

            /// What a word stands for.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The word for it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }
    };
}
