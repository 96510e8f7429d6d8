//! From a typed file to a [`Carrier`]: names resolved, expressions lowered, everything that can be known checked.

mod account;
mod auth;
mod body;
mod codes;
mod completes;
mod exchange;
mod operation;
mod part;
mod process;
mod reader;
mod reply;
mod rules;
mod shop;
mod template;
mod track;
mod vocabulary;
mod webhook;
mod xml;

pub use codes::*;
pub(crate) use part::part;
pub use process::compile_process;
pub use shop::{CompiledFile, compile_accounts, compile_actions, compile_shop};

use crate::carrier::plan::{Carrier, Limits, Silence};
use crate::diagnostic::Diagnostic;
use crate::document::FrameId;
use crate::document::Step as PathStep;
use crate::expr::{Binding, Doc, Lowerer, Mention, Place, Space, Ty, Use, World};
use crate::source::{FileId, Sources, Span};
use crate::syntax::{CarrierFile, Cx, Decode, Seconds, Sp};
use std::collections::BTreeSet;
use std::time::Duration;

/// The file that is being compiled.
pub(crate) struct File<'f> {
    pub(crate) syntax: &'f CarrierFile,
    pub(crate) world: &'f World,
    pub(crate) sources: &'f Sources,
    /// It is the shop's: actions come in, not orders.
    pub(crate) shop: bool,
}

/// What was found out beside the carrier: for the checks that look at the whole file.
#[derive(Debug, Default)]
pub struct Survey {
    /// Declared things that are used.
    pub uses: BTreeSet<Use>,
    /// Where one parcel out of all is read, in operations that never look at all of them.
    pub one_parcel: Vec<Span>,
    /// Names of `let` that are declared, by operation.
    pub lets: Vec<(String, Sp<String>)>,
    /// What a case can touch.
    pub spots: Vec<crate::coverage::Coverable>,
}

/// A compiled file with its findings. The carrier is there only when no finding is an error.
#[derive(Debug)]
pub struct Compiled {
    /// The carrier.
    pub carrier: Option<Carrier>,
    /// The typed file, when it could be read as one.
    pub syntax: Option<CarrierFile>,
    /// All findings, of reading, compiling and checking, without repetitions.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads, compiles and checks a carrier file.
#[must_use]
pub fn compile(sources: &Sources, file: FileId) -> Compiled {
    let (node, diagnostics) = crate::source::parse(sources, file);
    let Some(node) = node else { return Compiled { carrier: None, syntax: None, diagnostics } };
    let mut cx = Cx::new(sources);
    let syntax = CarrierFile::decode(&node, &mut cx);
    let mut diagnostics = diagnostics;
    diagnostics.append(&mut cx.diagnostics);
    let Some(syntax) = syntax else {
        crate::check::check_writing(sources, &node, &mut diagnostics);
        return Compiled { carrier: None, syntax: None, diagnostics };
    };
    let (carrier, survey) = build(sources, &syntax, false, &mut diagnostics);
    crate::check::check(sources, &node, &syntax, &survey, &mut diagnostics);
    tidy(&mut diagnostics);
    let sound = diagnostics.iter().all(|finding| finding.severity != crate::diagnostic::Severity::Error);
    Compiled { carrier: sound.then_some(carrier), syntax: Some(syntax), diagnostics }
}

/// One finding per place and message: parts are lowered once per use, and say who uses them.
fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    let mut kept: Vec<Diagnostic> = Vec::new();
    for finding in diagnostics.drain(..) {
        match kept
            .iter_mut()
            .find(|known| known.span == finding.span && known.code == finding.code && known.message == finding.message)
        {
            Some(known) => {
                for related in finding.related {
                    if known.related.len() < 4 && !known.related.contains(&related) {
                        known.related.push(related);
                    }
                }
            }
            None => kept.push(finding),
        }
    }
    *diagnostics = kept;
}

fn build(sources: &Sources, syntax: &CarrierFile, shop: bool, diagnostics: &mut Vec<Diagnostic>) -> (Carrier, Survey) {
    let (world, settings, options, tables) = account::declarations(syntax, diagnostics);
    let file = File { syntax, world: &world, sources, shop };
    let mut survey = Survey::default();
    let known = auth::known(syntax);
    let auths = auth::auths(&file, &known, diagnostics, &mut survey);
    let mut made = Made {
        file: &file,
        auths: &known,
        options: &options,
        diagnostics,
        survey: &mut survey,
        vm_operations: 0,
        expressions: (0, 0),
    };
    let operations = syntax.operations.iter().map(|(name, operation)| made.operation(name, operation)).collect();
    let track = syntax.track.as_ref().map(|track| made.track(track));
    let webhooks = syntax.webhooks.iter().map(|(name, webhook)| made.webhook(name, webhook)).collect();
    let (vm_operations, expressions) = (made.vm_operations, made.expressions);
    let vocabularies = vocabulary::vocabularies(syntax, diagnostics);
    let carrier = Carrier {
        id: syntax.carrier.id.value.clone(),
        name: syntax.carrier.name.value.clone(),
        environments: account::environments(syntax, diagnostics),
        links: syntax.links.iter().flat_map(|links| &links.0).map(|host| host.value.clone()).collect(),
        config: settings,
        options,
        secrets: world.secrets.iter().map(|(name, _)| name.clone()).collect(),
        optional_secrets: world.secrets.iter().map(|(_, optional)| *optional).collect(),
        tables,
        auths,
        limits: limits(syntax, diagnostics),
        silence: Silence {
            events: syntax.silence.as_ref().and_then(|silence| silence.events).map(duration),
            webhooks: syntax.silence.as_ref().and_then(|silence| silence.webhooks).map(duration),
        },
        operations,
        track,
        webhooks,
        vocabularies,
        unverified: syntax.unverified.iter().flat_map(|list| &list.0).map(|text| (text.value.clone(), text.span)).collect(),
        sources: sources.clone(),
        file: syntax.span.file,
        vm_operations,
        headers_read: survey.uses.iter().filter_map(Use::header).map(str::to_owned).collect(),
        expressions,
        spots: std::mem::take(&mut survey.spots),
    };
    (carrier, survey)
}

/// What the operations, webhooks and tracking of a file share while they are compiled.
pub(crate) struct Made<'m, 'f> {
    pub(crate) file: &'m File<'f>,
    pub(crate) auths: &'m [auth::Known],
    pub(crate) options: &'m [crate::carrier::plan::OptionSpec],
    pub(crate) diagnostics: &'m mut Vec<Diagnostic>,
    pub(crate) survey: &'m mut Survey,
    pub(crate) vm_operations: usize,
    pub(crate) expressions: (usize, usize),
}

impl Made<'_, '_> {
    /// Takes over what a lowerer found.
    pub(crate) fn absorb(&mut self, lower: Lowerer<'_>) {
        self.diagnostics.extend(lower.found);
        self.survey.uses.extend(lower.uses);
        self.survey.spots.extend(lower.spots);
        if !lower.all_parcels {
            self.survey.one_parcel.extend(lower.one_parcel);
        }
        self.vm_operations += lower.vm_operations;
        self.expressions.0 += lower.expressions.0;
        self.expressions.1 += lower.expressions.1;
    }
}

/// A lowerer with the names that requests can use.
pub(crate) fn request_scope<'w>(file: &File<'w>) -> Lowerer<'w> {
    if file.shop {
        return shop_scope(file, "action");
    }
    let mut lower = Lowerer::new(file.world, file.sources);
    let order = Place { doc: Doc::Input, row: 0, frame: FrameId::ROOT, steps: Vec::new(), ty: Ty::Any, nullable: false };
    let within = |names: &[&str], ty: Ty, nullable: bool| Place {
        steps: names.iter().map(|name| PathStep::Name((*name).into())).collect(),
        ty,
        nullable,
        ..order.clone()
    };
    let shape = |name: &str| crate::model::shape(name).map_or(Ty::Any, Ty::of);
    let free = crate::model::shape("shipment")
        .and_then(|shipment| shipment.field("options"))
        .map_or(Ty::Any, |field| Ty::of(&field.shape));
    lower.scope.bind("order", Binding::Space(Space::Order));
    lower.scope.bind("shipment", Binding::Place(within(&["shipment"], shape("shipment"), false)));
    lower.scope.bind("options", Binding::Place(within(&["shipment", "options"], free, true)));
    lower.scope.bind("account", Binding::Space(Space::Account));
    lower.scope.bind("config", Binding::Space(Space::Config));
    lower.scope.bind("secret", Binding::Space(Space::Secret));
    lower.globals = lower.scope.depth();
    lower
}

/// A lowerer with the names that the shop's requests (`action`) or its intake (`body`) can use.
pub(crate) fn shop_scope<'w>(file: &File<'w>, document: &str) -> Lowerer<'w> {
    let mut lower = Lowerer::new(file.world, file.sources);
    let ty = if document == "action" { crate::model::shape("action").map_or(Ty::Any, Ty::of) } else { Ty::Any };
    let nullable = ty == Ty::Any;
    let place = Place { doc: Doc::Input, row: 0, frame: FrameId::ROOT, steps: Vec::new(), ty, nullable };
    // What the shop is told of is an order of its own: nobody need ask whether there is one.
    if document == "action" {
        let order = vec![PathStep::Name("order_id".into())];
        lower.guarded.push(Mention::Place(place.doc, place.row, place.frame, order));
    }
    lower.scope.bind(document, Binding::Place(place));
    lower.scope.bind("account", Binding::Space(Space::Account));
    lower.scope.bind("config", Binding::Space(Space::Config));
    lower.scope.bind("secret", Binding::Space(Space::Secret));
    lower.globals = lower.scope.depth();
    lower
}

pub(crate) fn duration(seconds: Seconds) -> Duration {
    Duration::from_secs(seconds.seconds)
}

fn limits(syntax: &CarrierFile, diagnostics: &mut Vec<Diagnostic>) -> Limits {
    let written = syntax.limits.as_ref();
    let rate = written.and_then(|limits| limits.rate.as_ref()).and_then(|rate| {
        let parsed = parse_rate(&rate.value);
        if parsed.is_none() {
            let finding = Diagnostic::error(&DECLARATION, rate.span, "a rate is written `50/s`, `600/m` or `1000/h`");
            diagnostics.push(finding);
        }
        parsed
    });
    Limits {
        timeout: written.and_then(|limits| limits.timeout).map_or(Duration::from_secs(30), duration),
        concurrency: written.and_then(|limits| limits.concurrency.as_ref()).map(|count| count.value),
        rate,
        give_up_after: written.and_then(|limits| limits.give_up_after).map_or(Duration::from_secs(86_400), duration),
    }
}

fn parse_rate(text: &str) -> Option<(u32, Duration)> {
    let (count, unit) = text.split_once('/')?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return None,
    };
    count.trim().parse::<u32>().ok().filter(|count| *count > 0).map(|count| (count, Duration::from_secs(seconds)))
}

/// A finding about a name that nothing has.
pub(crate) fn unknown<'k>(what: &str, name: &str, span: Span, known: impl Iterator<Item = &'k str>) -> Diagnostic {
    Diagnostic::error(&UNKNOWN_REFERENCE, span, format!("there is no {what} `{name}`")).among(name, known)
}
