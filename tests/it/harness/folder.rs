//! Where a test writes: `target/it/<test>/`, emptied when the test begins and kept for a look afterwards.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// The build directory.
pub(crate) fn target() -> PathBuf {
    // Cargo gives `<target>/tmp`, and that in `CARGO_TARGET_DIR`, too.
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("target/tmp has a parent")
        .to_owned()
}

/// The repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The empty folder of the test `name`.
pub(crate) fn of(name: &str) -> PathBuf {
    let folder = target().join("it").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("empty the folder of an earlier run");
    }
    fs::create_dir_all(&folder).expect("create the folder of a test");
    folder
}

/// Writes `text` to `folder/name`; the path.
pub(crate) fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
    path
}

/// As `write`, for the owner's eyes alone: keys and passwords.
pub(crate) fn write_secret(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = write(folder, name, text);
    let owner_only = fs::Permissions::from_mode(0o600);
    fs::set_permissions(&path, owner_only).expect("set the mode of a secret file");
    path
}
