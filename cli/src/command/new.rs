//! `crossdock new`.

use crate::exit::{Exit, Outcome, Problem};
use crate::terminal::{Paint, Terminal};
use std::path::Path;

const FILES: [(&str, &str); 3] = [
    ("carrier.yaml", include_str!("../../new/carrier.yaml")),
    ("samples/order.json", include_str!("../../new/order.json")),
    ("cases/create_shipment.yaml", include_str!("../../new/case.yaml")),
];

/// Start a carrier file, with a sample order and a case that passes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  crossdock new swiftpost && crossdock validate swiftpost && crossdock test swiftpost")]
pub(crate) struct Args {
    /// The carrier's id: lower case letters, digits and `_`, such as `swiftpost`.
    #[arg(value_parser = carrier_id)]
    pub(crate) id: String,
}

/// Runs `new`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let folder = dir.join(&args.id);
    if folder.exists() {
        return Err(Problem::failure(format!("`{}` exists already", folder.display())));
    }
    for (name, template) in FILES {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        std::fs::write(&path, fill(template, &args.id))?;
        terminal.say(&format!("{} {}", terminal.err("wrote", Paint::Green), path.display()));
    }
    terminal.say(&format!("next: crossdock validate {id} && crossdock test {id}", id = args.id));
    Ok(Exit::Clean)
}

fn fill(template: &str, id: &str) -> String {
    template.replace("new_carrier", id).replace("New Carrier", &title(id))
}

fn title(id: &str) -> String {
    let capital = |word: &str| word.get(..1).map(str::to_ascii_uppercase).unwrap_or_default() + word.get(1..).unwrap_or_default();
    id.split('_').map(capital).collect::<Vec<_>>().join(" ")
}

fn carrier_id(text: &str) -> Result<String, String> {
    let fits = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if fits { Ok(text.to_owned()) } else { Err("expected lower case letters, digits and `_`, a letter first".into()) }
}
