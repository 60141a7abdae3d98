//! Values that must never be shown.

use zeroize::Zeroizing;

/// A token or other credential that the tool holds for a moment.
///
/// There is no `Debug`, `Display`, `Serialize` or `Clone`: a secret cannot be formatted, logged,
/// written to a plan or copied. [`Secret::expose`] is the one way out, so a search for `expose(`
/// finds every use. The memory is overwritten when the secret is dropped.
///
/// ```compile_fail
/// let secret = workid::secret::Secret::new("canary".to_owned());
/// format!("{secret:?}");
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(value: String) -> Secret {
        Secret(Zeroizing::new(value))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}
