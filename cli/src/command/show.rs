//! `crossdock show`.

mod resolved;

use crate::exit::{Exit, Outcome};
use crate::project::{Look, Project, look};
use crate::terminal::{Paint, Terminal, print};
use crossdock_engine::syntax::{CarrierFile, Sp};
use std::fmt::Write;
use std::path::Path;

/// Show what a carrier file offers.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock show                        all carriers of the directory
  crossdock show swiftpost              operations, webhooks, options, settings, secrets, servers
  crossdock show swiftpost --cost       also how much is read and calculated each time
  crossdock show swiftpost --resolved   also every rule list with `$http` spelled out, and bodies with their parts in place")]
pub(crate) struct Args {
    /// The carrier: its id, or a path to its folder or file.
    pub(crate) carrier: Option<String>,
    /// Also rules and bodies, with everything named put in place.
    #[arg(long, requires = "carrier")]
    pub(crate) resolved: bool,
    /// Also what the file costs: slots that are read, expressions that are plain paths, lowered, or left to the VM.
    #[arg(long, requires = "carrier")]
    pub(crate) cost: bool,
}

/// Runs `show`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let Some(carrier) = &args.carrier else {
        print(&overview(dir)?)?;
        return Ok(Exit::Clean);
    };
    let look = look(dir, carrier)?;
    let mut text = summary(&look, terminal);
    if args.cost {
        text += &cost(&look, terminal);
    }
    if args.resolved {
        text += &resolved::rules(&look, terminal);
        text += &resolved::bodies(&look, terminal);
    }
    print(&text)?;
    Ok(Exit::Clean)
}

fn overview(dir: &Path) -> Result<String, crate::exit::Problem> {
    let project = Project::open(dir)?;
    let mut text = String::new();
    for (id, file) in project.files() {
        let _ = match project.carrier(id) {
            Ok(carrier) => {
                writeln!(text, "{id:<16} {} ({})", carrier.name(), carrier.operations().collect::<Vec<_>>().join(", "))
            }
            Err(_) => writeln!(text, "{id:<16} has errors: crossdock validate {}", file.display()),
        };
    }
    Ok(text)
}

fn summary(look: &Look, terminal: &Terminal) -> String {
    let (carrier, file) = (&look.carrier, &look.syntax);
    let mut text = format!("{} ({})\n", terminal.out(carrier.name(), Paint::Bold), look.file.display());
    let mut row = |name: &str, words: String| {
        if !words.is_empty() {
            let _ = writeln!(text, "  {name:<14} {words}");
        }
    };
    row("manual", file.carrier.docs.as_ref().map(|docs| docs.value.clone()).unwrap_or_default());
    row("servers", servers(file));
    row("operations", operations(file));
    row("track", carrier.polling().map(|(_, batch)| format!("up to {batch} numbers a request")).unwrap_or_default());
    row("webhooks", names(file.webhooks.iter().map(|(name, _)| name)));
    row("vocabularies", vocabularies(file));
    row("lookups", names(file.lookups.iter().map(|(name, _)| name)));
    row("parts", names(file.parts.iter().map(|(name, _)| name)));
    row("config", config(file));
    row("options", options(file));
    row("secrets", carrier.secrets().join(", "));
    row("limits", limits(look));
    row(
        "VM",
        match carrier.vm_operations() {
            0 => "every expression is lowered".to_owned(),
            count => format!("{count} operations of expressions are left to the slower virtual machine"),
        },
    );
    for words in carrier.unverified() {
        row("unverified", words.to_owned());
    }
    text
}

/// What a file costs each time that it runs.
fn cost(look: &Look, terminal: &Terminal) -> String {
    let mut text = format!("\n{}\n", terminal.out("cost", Paint::Bold));
    let ((all, paths), vm) = (look.carrier.expressions(), look.carrier.vm_operations());
    let _ = writeln!(
        text,
        "  {all} expressions: {paths} plain paths, {} lowered; {vm} operations of them left to the VM",
        all - paths
    );
    for cost in look.carrier.costs() {
        let order = if cost.order_slots == 0 { String::new() } else { format!("{} slots of the order, ", cost.order_slots) };
        let _ = writeln!(text, "  {:<32} {order}{} of replies", cost.name, cost.reply_slots);
    }
    text
}

fn names<'n>(names: impl Iterator<Item = &'n Sp<String>>) -> String {
    names.map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ")
}

fn servers(file: &CarrierFile) -> String {
    let all = file.servers.iter().map(|(environment, servers)| {
        let urls: Vec<String> = servers.0.iter().map(|(name, url)| format!("{} {}", name.value, url.value)).collect();
        format!("{}: {}", environment.value, urls.join(", "))
    });
    all.collect::<Vec<_>>().join("; ")
}

fn operations(file: &CarrierFile) -> String {
    let one = |(name, operation): &(Sp<String>, crossdock_engine::syntax::Operation)| match &operation.steps {
        None => name.value.clone(),
        Some(steps) => format!("{} (steps {})", name.value, names(steps.0.iter().map(|(name, _)| name))),
    };
    file.operations.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn vocabularies(file: &CarrierFile) -> String {
    let one = |(name, words): &(Sp<String>, crossdock_engine::syntax::VocabularyFile)| {
        format!("{} ({} codes, {} rules)", name.value, words.codes.len(), words.rules.len())
    };
    file.vocabularies.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn config(file: &CarrierFile) -> String {
    let one = |(name, field): &(Sp<String>, crossdock_engine::syntax::ConfigField)| {
        let free = field.default.is_some() || field.optional.as_ref().is_some_and(|optional| optional.value);
        format!("{}{}: {}", name.value, if free { "?" } else { "" }, field.r#type.value.word())
    };
    file.config.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn options(file: &CarrierFile) -> String {
    let one = |(name, field): &(Sp<String>, crossdock_engine::syntax::OptionField)| {
        let of = field.of.as_ref().map(|of| format!(" of each {}", of.value.word())).unwrap_or_default();
        format!("{}: {}{of}", name.value, field.r#type.value.word())
    };
    file.options.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn limits(look: &Look) -> String {
    let limits = look.carrier.limits();
    let mut words = vec![format!("a reply within {} s", limits.timeout.as_secs_f64())];
    words.extend(limits.concurrency.map(|count| format!("{count} requests at a time")));
    words.extend(limits.rate.map(|(count, per)| format!("{count} requests in {} s", per.as_secs_f64())));
    words.push(format!("given up after {} h", limits.give_up_after.as_secs() / 3600));
    words.join(", ")
}
