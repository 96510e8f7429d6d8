//! A Python that the emulators run on, with an environment of our own.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The oldest that the emulators run on.
const NEEDED: (u32, u32) = (3, 12);

/// The Python of an environment that has what the list of this name requires. It is made once, under `target`.
///
/// # Panics
/// There is no Python that is new enough, or its packages cannot be had: says what is missing.
pub(crate) fn environment(name: &str) -> PathBuf {
    let requirements = &Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/aws/{name}.txt"));
    let list = fs::read_to_string(requirements).expect("the list of packages");
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{name}"));
    fs::create_dir_all(&dir).expect("a folder under target");
    // Another test may be making it.
    let lock = File::create(dir.join("lock")).expect("a lock");
    lock.lock().expect("the lock");
    let (python, mark) = (dir.join("env/bin/python"), dir.join("installed"));
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == list) {
        return python;
    }
    let base = find();
    let made = Command::new(&base).args(["-m", "venv", "--clear"]).arg(dir.join("env")).output().expect("python runs");
    assert!(
        made.status.success(),
        "the end-to-end test on AWS needs Python's `venv` (Debian: `apt-get install python3-venv`): {}",
        String::from_utf8_lossy(&made.stderr)
    );
    let installed = Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements)
        .output()
        .expect("pip runs");
    assert!(
        installed.status.success(),
        "the end-to-end test on AWS needs packages of the Python registry, and pip cannot have them: {}",
        String::from_utf8_lossy(&installed.stderr)
    );
    fs::write(mark, list).expect("a mark");
    python
}

/// A Python that is new enough: the one that `CROSSDOCK_PYTHON` names, one on the path, or one of pyenv.
fn find() -> PathBuf {
    if let Some(named) = std::env::var_os("CROSSDOCK_PYTHON") {
        return named.into();
    }
    let mut candidates: Vec<PathBuf> =
        ["python3.14", "python3.13", "python3.12", "python3", "python"].iter().map(PathBuf::from).collect();
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| std::env::home_dir().map(|home| home.join(".pyenv")));
    let versions = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok()).into_iter().flatten().flatten();
    candidates.extend(versions.map(|version| version.path().join("bin/python3")));
    let mut found = Vec::new();
    for candidate in candidates {
        match version(&candidate) {
            Some(version) if version >= NEEDED => return candidate,
            Some((major, minor)) => found.push(format!("{} is {major}.{minor}", candidate.display())),
            None => {}
        }
    }
    panic!(
        "the end-to-end test on AWS needs Python {}.{} or later, for its emulator. Found: {}. Install one, or name it by \
         CROSSDOCK_PYTHON",
        NEEDED.0,
        NEEDED.1,
        if found.is_empty() { "none".to_owned() } else { found.join(", ") }
    );
}

fn version(python: &Path) -> Option<(u32, u32)> {
    let said = Command::new(python).args(["-c", "import sys; print(*sys.version_info[:2])"]).stderr(Stdio::null()).output().ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
