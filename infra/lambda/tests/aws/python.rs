//! A Python that the emulators and linters run on, with environments of our own.
//!
//! A list of packages says in comments which Python it needs, and of which day its packages' own dependencies are.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What installs packages as of a day.
const UV: &str = "uv==0.13.9";

/// The Python of an environment that has what the list of this name requires. It is made once, under `target`.
///
/// # Panics
/// There is no Python that is new enough, or its packages cannot be had: says what is missing.
pub(crate) fn environment(name: &str) -> PathBuf {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/aws/{name}.txt"));
    let list = fs::read_to_string(&requirements).expect("the list of packages");
    let comment = |about: &str| list.lines().find_map(|line| line.strip_prefix(&format!("# {about} ")));
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("python-{name}"));
    fs::create_dir_all(&dir).expect("a folder under target");
    // Another test may be making it.
    let lock = File::create(dir.join("lock")).expect("a lock");
    lock.lock().expect("the lock");
    let (python, mark) = (dir.join("env/bin/python"), dir.join("installed"));
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == list) {
        return python;
    }
    let base = find(comment("python").and_then(numbers).expect("a list says which Python it needs"));
    step(Command::new(&base).args(["-m", "venv", "--clear"]).arg(dir.join("env")), "Python's `venv` (Debian: python3-venv)");
    let pip = |packages: &[&str]| {
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages);
        step(&mut pip, "packages of the Python registry");
    };
    let file = requirements.to_str().expect("a path");
    match comment("as of") {
        None => pip(&["-r", file]),
        Some(day) => {
            pip(&[UV]);
            let mut uv = Command::new(python.with_file_name("uv"));
            uv.args(["pip", "install", "--quiet", "--python"]).arg(&python).args(["--exclude-newer", day, "-r", file]);
            step(&mut uv, "packages of the Python registry");
        }
    }
    fs::write(mark, &list).expect("a mark");
    python
}

fn step(command: &mut Command, needs: &str) {
    let done = command.stdin(Stdio::null()).output();
    let done = done.unwrap_or_else(|error| panic!("the tests of the AWS deployment need {needs}: {command:?}: {error}"));
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "the tests of the AWS deployment need {needs}: {command:?}: {said}");
}

/// A Python that is new enough: the one that `CROSSDOCK_PYTHON` names, one on the path, or one of pyenv.
fn find(needed: (u32, u32)) -> PathBuf {
    let named = std::env::var_os("CROSSDOCK_PYTHON").map(PathBuf::from);
    let path = ["python3.15", "python3.14", "python3.13", "python3.12", "python3", "python"].iter().map(PathBuf::from);
    let mut candidates: Vec<PathBuf> = named.into_iter().chain(path).collect();
    let pyenv = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    let pyenv = pyenv.or_else(|| std::env::home_dir().map(|home| home.join(".pyenv")));
    let versions = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok()).into_iter().flatten().flatten();
    candidates.extend(versions.map(|version| version.path().join("bin/python3")));
    let mut found = Vec::new();
    for candidate in candidates {
        match version(&candidate) {
            Some(version) if version >= needed => return candidate,
            Some((major, minor)) => found.push(format!("{} is {major}.{minor}", candidate.display())),
            None => {}
        }
    }
    panic!(
        "the tests of the AWS deployment need Python {}.{} or later, for emulators and linters. Found: {}. Install one, or \
         name it by CROSSDOCK_PYTHON",
        needed.0,
        needed.1,
        if found.is_empty() { "none".to_owned() } else { found.join(", ") }
    );
}

fn version(python: &Path) -> Option<(u32, u32)> {
    let ask = "import sys; print('%d.%d' % sys.version_info[:2])";
    let said = Command::new(python).args(["-c", ask]).stderr(Stdio::null()).output().ok()?;
    numbers(String::from_utf8(said.stdout).ok()?.trim())
}

fn numbers(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
