//! `doujia cluster run`: plays a scenario and tells its story, its watch stream, or what kubectl would print.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use k8s_openapi::api::core::v1::Event;
use serde_json::json;

use super::language::Language;
use crate::cluster::api::ApiError;
use crate::cluster::claim::{Claim, Verdict, When};
use crate::cluster::events::times;
use crate::cluster::object::{DEFAULT_NAMESPACE, Key, Kind};
use crate::cluster::run::{Run, run};
use crate::cluster::scenario::Scenario;
use crate::cluster::{ChangeType, Millis, Object, Resource, SimTime, Trace, frame, print, wire};
use crate::locale::{Locale, locale};
use crate::player::spoken;
use crate::problem::{Place, Problem};

/// A claim is false.
const FALSE: u8 = 1;
/// The file is wrong.
const WRONG: u8 = 2;

/// What to do with the simulated cluster.
#[derive(Args, Clone, Debug)]
pub(super) struct Cluster {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// Run a scenario. Exit status: 0 all claims hold, 1 a claim is false, 2 the file is wrong
    Run(Options),
}

#[derive(Args, Clone, Debug)]
struct Options {
    /// The scenario's file; - reads standard input
    file: String,

    #[command(flatten)]
    language: Language,

    /// What to print
    #[arg(long, value_enum, default_value_t = Output::Story)]
    output: Output,

    /// The object that is described or rolls out, as pod/web-0
    #[arg(long, value_parser = read_object, value_name = "KIND/NAME")]
    #[arg(required_if_eq_any([("output", "describe"), ("output", "rollout-status")]))]
    object: Option<(Kind, Key)>,

    /// The moment of the table, the description or the status, as 80s or 1m20s; the end if not said
    #[arg(long, value_parser = read_time, value_name = "TIME")]
    at: Option<SimTime>,

    /// The seed of everything that is drawn by lot, instead of the scenario's own
    #[arg(long)]
    seed: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Output {
    /// What happened, told from beginning to end
    Story,
    /// Every change of every object, one JSON object a line, as a watch would see it
    Watch,
    /// What kubectl get all,nodes -o wide prints at a moment
    Table,
    /// What kubectl describe prints of a Pod, Deployment, ReplicaSet or Job at a moment
    Describe,
    /// What kubectl rollout status says of a Deployment, DaemonSet or StatefulSet at a moment
    RolloutStatus,
}

/// A kind as kubectl takes it, and a name in the namespace `default`.
fn read_object(text: &str) -> Result<(Kind, Key), String> {
    let wrong = || "an object is written as pod/web-0".to_owned();
    let (kind, name) = text.split_once('/').filter(|(_, name)| !name.is_empty()).ok_or_else(wrong)?;
    let kind = Kind::parse(kind).ok_or_else(wrong)?;
    let key = if kind.is_namespaced() { Key::new(DEFAULT_NAMESPACE, name) } else { Key::cluster_wide(name) };
    Ok((kind, key))
}

fn read_time(text: &str) -> Result<SimTime, String> {
    Millis::parse(text)
        .map(|span| SimTime(span.0))
        .ok_or_else(|| "a time is written as 80s or 1m20s".to_owned())
}

/// Runs what the command line says.
///
/// # Errors
/// Where nothing can be printed.
pub(super) fn cluster(options: &Cluster) -> anyhow::Result<ExitCode> {
    let Command::Run(options) = &options.command;
    let locale = locale(options.language.lang());
    let run = match play(options) {
        Ok(run) => run,
        Err(problems) => {
            tell_problems(&mut io::stderr().lock(), locale, &problems)?;
            return Ok(ExitCode::from(WRONG));
        }
    };
    let verdicts = run.prove();
    let end = run.trace.end();
    let at = options.at.unwrap_or(end).min(end);
    if options.at.is_some_and(|wanted| wanted > end) {
        let said = locale.say_with("cluster-at-end", &[("end", end.to_string().into())]);
        writeln!(io::stderr().lock(), "{said}")?;
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let printed = match options.output {
        Output::Story => tell_story(&mut out, locale, &run, &verdicts),
        Output::Watch => tell_watch(&mut out, &run),
        Output::Table => out.write_all(print::table(&run.trace.state_at(at), at).as_bytes()),
        Output::Describe | Output::RolloutStatus => match show(options, locale, &run, at) {
            Ok(text) => out.write_all(text.as_bytes()),
            Err(refusal) => {
                writeln!(io::stderr().lock(), "{refusal}")?;
                return Ok(ExitCode::from(WRONG));
            }
        },
    };
    match printed.and_then(|()| out.flush()) {
        // Who reads only the beginning, as `head` does, has what they wanted.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    let claims = run.scenario.claims.iter().zip(&verdicts);
    let wrong: Vec<_> = claims.filter(|(_, verdict)| !verdict.holds).collect();
    for (claim, verdict) in &wrong {
        tell_false(&mut io::stderr().lock(), locale, claim, verdict)?;
    }
    Ok(if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FALSE) })
}

/// One object at a moment; the error is what kubectl would say.
fn show(options: &Options, locale: &Locale, run: &Run, at: SimTime) -> Result<String, String> {
    // The command line has refused these outputs without an object.
    let Some((kind, key)) = &options.object else { return Ok(String::new()) };
    let state = run.trace.state_at(at);
    let Some(object) = state.object(*kind, key) else {
        return Err(format!("Error from server (NotFound): {}", ApiError::not_found(*kind, key)));
    };
    if options.output == Output::RolloutStatus {
        let line = print::rollout_status(object).map_err(|error| format!("error: {error}"))?;
        return Ok(format!("{line}\n"));
    }
    print::describe(object, &state, at).ok_or_else(|| locale.say("cluster-not-described"))
}

fn play(options: &Options) -> Result<Run, Vec<Problem>> {
    let (name, bytes) = match options.file.as_str() {
        "-" => {
            let mut bytes = Vec::new();
            ("stdin", io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes))
        }
        file => (file, std::fs::read(file)),
    };
    let whole = |kind, found: String| {
        vec![Problem::error(Place { file: name.to_owned(), ..Place::default() }, kind).found(found)]
    };
    let bytes = bytes.map_err(|error| whole("unreadable", error.to_string()))?;
    let source = String::from_utf8(bytes)
        .map_err(|error| whole("not-utf8", error.utf8_error().valid_up_to().to_string()))?;
    let mut scenario = Scenario::parse(&source, name)?;
    if let Some(seed) = options.seed {
        scenario.seed = seed;
    }
    run(&scenario)
}

/// `file:line:column: path: sentence`, so that editors find the place.
fn tell_problems(out: &mut dyn Write, locale: &Locale, problems: &[Problem]) -> io::Result<()> {
    for problem in problems {
        writeln!(out, "{}: {}", problem.at, locale.problem_without_place(problem))?;
    }
    Ok(())
}

fn tell_false(out: &mut dyn Write, locale: &Locale, claim: &Claim, verdict: &Verdict) -> io::Result<()> {
    let at = verdict.at.to_string();
    let sentence = match &verdict.error {
        None => locale.say_with("cluster-claim-false", &[("at", at.into())]),
        Some(error) => {
            locale.say_with("cluster-claim-error", &[("at", at.into()), ("reason", error.to_string().into())])
        }
    };
    writeln!(out, "{}: {sentence}", claim.place)?;
    writeln!(out, "    {}", claim.that)?;
    for (part, value) in &verdict.values {
        writeln!(out, "    {part}  =  {value}")?;
    }
    Ok(())
}

/// A moment and what is said about it, under it the Events since the moment before; the claims at the end.
fn tell_story(out: &mut dyn Write, locale: &Locale, run: &Run, verdicts: &[Verdict]) -> io::Result<()> {
    let scenario = &run.scenario;
    writeln!(out, "{}", scenario.title.show(locale.lang()).words)?;
    writeln!(out)?;
    let mut events = telling_events(&run.trace).into_iter().peekable();
    for frame in frame::frames(&run.trace, &run.steps) {
        writeln!(out, "{:>7}  {}", frame.at.to_string(), spoken(&frame.caption, locale.lang()))?;
        while let Some((at, event)) = events.next_if(|(at, _)| *at <= frame.at) {
            tell_event(out, at, event)?;
        }
    }
    events.try_for_each(|(at, event)| tell_event(out, at, event))?;
    if !verdicts.is_empty() {
        writeln!(out)?;
        writeln!(out, "{}", locale.say("cluster-claims"))?;
    }
    for (claim, verdict) in scenario.claims.iter().zip(verdicts) {
        let sign = if verdict.holds { "✓" } else { "✗" };
        let words = claim.say.as_ref().map_or(claim.that.as_str(), |say| say.show(locale.lang()).words);
        let when = match claim.when {
            When::At(at) => at.to_string(),
            When::Always { from, to } => format!("{from} – {to}"),
        };
        writeln!(out, "{sign} {when:>7}  {words}")?;
    }
    Ok(())
}

/// The Events of a trace. One that is said over and over is told twice, and then as it was in the end.
fn telling_events(trace: &Trace) -> Vec<(SimTime, &Event)> {
    let events = trace.changes().iter().filter(|change| change.change != ChangeType::Deleted);
    let events = events.filter_map(|change| match &change.object {
        Object::Event(event) => Some((change.at, event.as_ref())),
        _ => None,
    });
    let last: BTreeMap<&str, i32> = events.clone().map(|(_, event)| (event.name(), times(event))).collect();
    events.filter(|(_, event)| times(event) <= 2 || last.get(event.name()) == Some(&times(event))).collect()
}

fn tell_event(out: &mut dyn Write, at: SimTime, event: &Event) -> io::Result<()> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let again = if times(event) > 1 { format!(" (x{})", times(event)) } else { String::new() };
    let object = &event.involved_object;
    writeln!(
        out,
        "{:>7}    {at}  {}  {}{again}  {}/{}  {}",
        "",
        text(&event.type_),
        text(&event.reason),
        text(&object.kind).to_lowercase(),
        text(&object.name),
        text(&event.message)
    )
}

/// Every change, in order. What was there before the scenario began (its Nodes) shows when it changes, as in a watch that
/// begins then.
fn tell_watch(out: &mut dyn Write, run: &Run) -> io::Result<()> {
    let mut line = |at: SimTime, change: ChangeType, object: &Object| {
        let json = json!({ "t_ms": at.0, "type": change.word(), "object": wire::written(object) });
        writeln!(out, "{json}")
    };
    for change in run.trace.changes() {
        line(change.at, change.change, &change.object)?;
    }
    Ok(())
}
