//! `crossdock publish`.

use super::{test, validate};
use crate::exit::{Exit, Outcome, Problem};
use crate::operate::{Format, Stack, block_on, reach};
use crate::project::{self, Findings};
use crate::terminal::{Paint, Terminal, print};
use crossdock_aws::Location;
use crossdock_aws::publish::{NotPublished, Published, Publisher};
use crossdock_engine::case::summary;
use crossdock_engine::diagnostic::{Renderer, Severity};
use crossdock_runtime::local::DirectorySource;
use serde_json::json;
use std::path::Path;

/// Put the mapping directory into force on AWS: checked, its cases run, then flipped as a whole.
///
/// A release is immutable and named by its content. Functions take it up within half a minute; orders that are under way end
/// with the release that they were sent with. Nothing is deployed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  crossdock publish --stack crossdock
  crossdock publish s3://mappings/live

The exit code is 1 when there are findings or failed cases: then nothing is published.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) at: At,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// Where releases are.
#[derive(Debug, clap::Args)]
pub(crate) struct At {
    /// Where: `s3://bucket/prefix`.
    #[arg(value_name = "LOCATION", required_unless_present = "stack", conflicts_with = "stack")]
    location: Option<Location>,
    /// The stack whose mapping files they are.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
}

impl At {
    /// What writes releases there.
    pub(crate) async fn publisher(&self) -> Result<Publisher, Problem> {
        match (&self.location, &self.stack) {
            (Some(location), _) => Ok(Publisher::new(reach().await?.s3(), location.clone())),
            (None, Some(name)) => {
                let stack = Stack::read(name).await?;
                Ok(Publisher::new(stack.reach().s3(), stack.location().clone()))
            }
            (None, None) => Err(Problem::usage("where?").help("`s3://bucket/prefix`, or `--stack NAME`")),
        }
    }
}

/// Runs `publish`.
pub(crate) fn run(args: &Args, dir: &Path, terminal: &Terminal) -> Outcome {
    let files = validate::of_folder(dir)?;
    if files.is_empty() {
        return Err(Problem::nothing_matched(format!("there is no mapping file in `{}`", dir.display())));
    }
    if !are_right(&files, terminal)? || !cases_pass(dir, terminal)? {
        return Ok(Exit::Findings);
    }
    let published = block_on(async {
        let publisher = args.at.publisher().await?;
        publisher.publish(&DirectorySource::new(dir), now()).await.map_err(Problem::from)
    })?;
    tell(&published, args.format)
}

fn are_right(files: &[std::path::PathBuf], terminal: &Terminal) -> Result<bool, Problem> {
    let found = Findings::of(&project::check(files)?);
    let wrong = found.findings.iter().any(|finding| finding.severity == Severity::Error);
    if wrong {
        let renderer = Renderer::plain();
        terminal.say(renderer.render_all(&found.sources, &found.findings).trim_end());
        terminal.say(&format!("{} nothing was published", terminal.err("error:", Paint::Red)));
    }
    Ok(!wrong)
}

fn cases_pass(dir: &Path, terminal: &Terminal) -> Result<bool, Problem> {
    let mut reports = Vec::new();
    for suite in test::of_mapping(dir)? {
        reports.extend(suite.run(None)?.reports);
    }
    let passed = reports.iter().all(crossdock_engine::case::Report::passed);
    if !passed {
        for report in reports.iter().filter(|report| !report.passed()) {
            terminal.say(&report.render());
        }
        terminal.say(&format!("{} {}; nothing was published", terminal.err("error:", Paint::Red), summary(&reports)));
    }
    Ok(passed)
}

/// Says what is in force now.
pub(crate) fn tell(published: &Published, format: Format) -> Outcome {
    let short = |release: &str| release[..12.min(release.len())].to_owned();
    print(&match format {
        Format::Json => format!(
            "{}\n",
            json!({"release": published.release, "previous": published.previous, "files": published.files,
                   "uploaded": published.uploaded, "unchanged": published.unchanged})
        ),
        Format::Text if published.unchanged => format!("{} is in force already\n", short(&published.release)),
        Format::Text => {
            let before = published.previous.as_deref().map(|previous| format!(", before {}", short(previous)));
            format!(
                "{} is in force{}: {} files, {} of them new\n",
                short(&published.release),
                before.unwrap_or_default(),
                published.files,
                published.uploaded
            )
        }
    })?;
    Ok(Exit::Clean)
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    crate::operate::now().div_euclid(1000)
}

impl From<NotPublished> for Problem {
    fn from(failed: NotPublished) -> Self {
        let words = failed.to_string();
        match failed {
            NotPublished::Meanwhile(_) => Self::findings(words).help("look at what they published, then publish again"),
            NotPublished::Unknown(_, known) if known.is_empty() => Self::nothing_matched(words),
            NotPublished::Unknown(_, known) => Self::nothing_matched(words).help(format!("there are: {}", known.join(", "))),
            NotPublished::Failed(_) => Self::failure(words),
        }
    }
}
