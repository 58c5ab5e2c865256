//! Facts about the HTML of the player, on gardens made by hand.

use super::story::{Happening, Proved};
use super::*;
use crate::cluster::frame::{
    Bed, Caption, Frame, Garden, Mark, Note, Pea, PeaState, PodPicture, PodState, Post, Role, Share, Stake,
    Tally,
};
use crate::text::{Lang, Text};
use scraper::{Html, Selector};
use std::io::Write;

fn pea(state: PeaState) -> Pea {
    Pea { container: "app".into(), role: Role::App, state, restarts: 0, wait: None }
}

fn pod(name: &str, state: PodState, status: &str, pea_state: PeaState) -> PodPicture {
    PodPicture {
        uid: name.into(),
        name: name.into(),
        short: name.replace("-6d5f7b9c4-", "-…-"),
        owner: None,
        number: None,
        state,
        status: status.into(),
        peas: vec![pea(pea_state)],
        ip: Some("10.244.0.7".into()),
        changed: false,
    }
}

fn ready(name: &str) -> PodPicture {
    pod(name, PodState::Ready, "Running", PeaState::Ready)
}

fn bed(name: &str, pods: Vec<Option<PodPicture>>) -> Bed {
    Bed {
        name: name.into(),
        ready: true,
        down_since: None,
        cordoned: false,
        taints: vec![],
        taint_room: 0,
        cpu: Share { requested: 500, allocatable: 4000 },
        memory: Share { requested: 0, allocatable: 8 << 30 },
        pods,
        changed: false,
    }
}

fn stake(kind: &'static str, name: &str, wanted: i32, have: i32, ready: i32) -> Stake {
    let tally = Tally::Replicas { wanted, have, ready };
    Stake { uid: name.into(), kind, name: name.into(), tally, note: None, number: None, changed: false }
}

/// Three moments: all is well; node-b is lost and everything else goes wrong in its own way; the tray is empty again.
fn story() -> Story {
    let well = Garden {
        posts: vec![
            Post {
                stake: Some(stake("Deployment", "web", 3, 3, 3)),
                branches: vec![
                    Some(Stake { number: Some(1), ..stake("ReplicaSet", "web-6d5f7b9c4", 3, 3, 3) }),
                    None,
                ],
            },
            Post { stake: Some(stake("DaemonSet", "log-agent", 3, 3, 3)), branches: vec![] },
        ],
        tray: vec![None],
        beds: vec![
            Some(bed(
                "node-a",
                vec![Some(ready("web-6d5f7b9c4-sd2fm")), Some(ready("log-agent-x2k4p")), None],
            )),
            Some(bed("node-b", vec![Some(ready("web-6d5f7b9c4-vhz24")), Some(ready("lone")), None])),
            Some(bed("node-c", vec![Some(ready("web-6d5f7b9c4-8fbbs")), None, None])),
        ],
        places: 3,
        ..Garden::default()
    };
    let mut bad = well.clone();
    bad.posts[0].stake =
        Some(Stake { note: Some(Note::Paused), changed: true, ..stake("Deployment", "web", 3, 4, 2) });
    bad.posts[0].branches[1] =
        Some(Stake { number: Some(2), ..stake("ReplicaSet", "web-7f8c55d9b", 1, 1, 0) });
    bad.tray = vec![Some(pod("big-0", PodState::Unscheduled, "Pending", PeaState::Unplanted))];
    let lost = bad.beds[1].as_mut().unwrap();
    (lost.ready, lost.down_since, lost.changed) = (false, Some(SimTime(55_000)), true);
    lost.taints = vec!["node.kubernetes.io/unreachable:NoExecute".into(), "team=x:NoSchedule".into()];
    lost.taint_room = 2;
    lost.pods = vec![
        Some(pod("web-6d5f7b9c4-vhz24", PodState::Terminating, "Terminating", PeaState::Unready)),
        Some(pod("lone", PodState::Terminating, "Terminating", PeaState::Unready)),
        None,
    ];
    let near = bad.beds[0].as_mut().unwrap();
    let crashing = Pea { restarts: 3, ..pea(PeaState::Failing) };
    near.pods[1] = Some(PodPicture {
        peas: vec![Pea { role: Role::Init, ..pea(PeaState::Done) }, pea(PeaState::Ready), crashing],
        ..pod("log-agent-x2k4p", PodState::Failing, "CrashLoopBackOff", PeaState::Failing)
    });
    near.pods[2] = Some(PodPicture {
        changed: true,
        number: Some(2),
        ..pod("web-7f8c55d9b-gsv8m", PodState::Unready, "ContainerCreating", PeaState::Waiting)
    });
    let far = bad.beds[2].as_mut().unwrap();
    far.cordoned = true;
    far.pods[1] = Some(pod("import-28", PodState::Succeeded, "Completed", PeaState::Done));
    let say = |zh: &str, en: &str| Caption::Said(vec![Text::both(zh, en)]);
    let frame = |at, caption, mark, garden| Frame { at: SimTime(at), caption, mark, garden };
    Story {
        title: Text::both("一个 Node 断电", "A Node loses power"),
        manifest: "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web <&>\n".into(),
        frames: vec![
            frame(0, say("一切正常。", "All is well."), Mark::Calm, well.clone()),
            frame(
                355_000,
                say(
                    "容忍期 300 秒已过：node-b 上的两个 Pod 被标记删除；Deployment 在 node-a 新建 web-…-gsv8m。",
                    "The 300 s of toleration are over: both Pods on node-b are marked for deletion, and the Deployment makes web-…-gsv8m on node-a.",
                ),
                Mark::Trouble,
                bad,
            ),
            frame(720_000, say("node-b 重新上电。", "node-b has power again."), Mark::Action, well),
        ],
        tables: ["NAME READY\nfirst", "NAME READY\nsecond", "NAME READY\nthird"].map(str::to_owned).to_vec(),
        happenings: vec![Happening {
            at: SimTime(55_000),
            kind: "Warning".into(),
            reason: "NodeNotReady".into(),
            about: "pod/lone".into(),
            message: "Node is not ready".into(),
            count: 2,
        }],
        proved: vec![Proved {
            say: Text::both("没有谁被迁移。", "Nothing was moved."),
            from: SimTime(390_000),
            to: None,
        }],
        end: SimTime(720_000),
    }
}

fn link(moment: usize) -> String {
    format!("?t={moment}")
}

fn html(player: &Player, reading: Reading, moment: usize) -> String {
    player.view(reading, moment, &link).to_string()
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).unwrap();
    let text = |element: scraper::ElementRef<'_>| element.text().collect::<String>();
    html.select(&selector)
        .map(|element| text(element).split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn it_opens_at_the_last_moment_before_the_one_asked_about() {
    for (focus, moment) in
        [(None, 0), (Some(0), 0), (Some(354_999), 0), (Some(600_000), 1), (Some(720_000), 2)]
    {
        assert_eq!(Player::of(story(), None, focus.map(SimTime)).start(), moment, "{focus:?}");
    }
}

#[test]
fn every_state_is_told_by_words_and_shape() {
    let page = Html::parse_fragment(&html(&Player::of(story(), None, None), Reading::Only(Lang::En), 1));
    let garden = |selector: &str| texts(&page, &format!("[data-slot=garden] {selector}"));
    assert_eq!(garden(".bed.is-down .bed-word"), ["NotReady 5m"]);
    assert_eq!(garden(".bed.is-down .taint"), ["unreachable:NoExecute", "team=x:NoSchedule"]);
    assert_eq!(garden(".bed.is-cordoned .fence"), ["SchedulingDisabled"]);
    assert_eq!(garden(".tray .pod.is-unscheduled .pod-status"), ["Pending"]);
    assert_eq!(garden(".pod.is-failing .pod-status"), ["CrashLoopBackOff 1/2 ↻3"]);
    assert_eq!(garden(".pod.is-changed .pod-name"), ["2 web-7f8c55d9b-gsv8m"]);
    assert_eq!(garden(".pod.is-terminating .pod-name").len(), 2);
    assert_eq!(garden(".stake.is-changed .counts"), ["wanted 3 have 4 ready 2 paused"]);
}

#[test]
fn each_moment_has_its_table_and_its_link() {
    let player = Player::of(story(), None, None);
    let page = Html::parse_fragment(&html(&player, Reading::Only(Lang::Zh), 1));
    assert_eq!(texts(&page, "[data-slot=table] pre"), ["NAME READY second"]);
    assert_eq!(texts(&page, ".moment.is-now time"), ["5:55"]);
    let links = Selector::parse(".moment-link").unwrap();
    let links: Vec<_> = page.select(&links).filter_map(|link| link.value().attr("href")).collect();
    assert_eq!(links, ["?t=0", "?t=1", "?t=2"]);
    let label = Selector::parse("[data-slot=garden] [role=img]").unwrap();
    let label = page.select(&label).next().unwrap().value().attr("aria-label");
    assert!(label.is_some_and(|label| label.contains("5:55")), "{label:?}");
}

#[test]
fn both_languages_stand_in_every_caption_and_each_says_which_it_is() {
    let player = Player::of(story(), None, None);
    let page = Html::parse_fragment(&html(&player, Reading::Both(Lang::Zh), 0));
    assert_eq!(texts(&page, ".moment.is-now .say[lang=zh-CN]"), ["一切正常。"]);
    assert_eq!(texts(&page, ".moment.is-now .say[lang=en]"), ["All is well."]);
}

#[test]
fn a_contrast_shows_two_gardens_on_one_clock() {
    let mut other = story();
    other.frames.truncate(2);
    other.frames[1].at = SimTime(60_000);
    let player = Player::of(story(), Some(other), None);
    assert_eq!(player.len(), 4);
    let page = Html::parse_fragment(&html(&player, Reading::Only(Lang::En), 2));
    assert_eq!(texts(&page, "[data-slot=garden] .garden").len(), 2);
    assert_eq!(texts(&page, "[data-slot=garden] .run:last-child .is-changed"), [""; 0], "it changed before");
    assert_eq!(texts(&page, ".moment.is-now .caption.is-old").len(), 1);
}

#[test]
fn nothing_in_it_is_forbidden_by_the_content_security_policy() {
    for moment in 0..3 {
        let html = html(
            &Player::of(story(), Some(story()), Some(SimTime(600_000))),
            Reading::Both(Lang::En),
            moment,
        );
        for forbidden in
            [" style=", "<style", "<script", " onclick", "javascript:", "name: web <&>", "[player-"]
        {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
    }
}

#[test]
fn a_moment_past_the_end_is_the_last() {
    let page = Html::parse_fragment(&html(&Player::of(story(), None, None), Reading::Only(Lang::En), 99));
    assert_eq!(texts(&page, ".moment.is-now time"), ["12:00"]);
    assert_eq!(texts(&page, "a[data-step='1'][href]").len(), 0);
}

#[test]
fn the_page_of_a_long_contrast_is_small_enough_for_a_slow_line() {
    let mut long = story();
    let frames = std::mem::take(&mut long.frames);
    let table =
        "NAME                        READY   STATUS    RESTARTS   AGE    IP            NODE\n".repeat(12);
    for (i, frame) in frames.iter().cycle().take(38).enumerate() {
        let at = SimTime(i64::try_from(i).unwrap() * 17_000);
        long.frames.push(Frame { at, ..frame.clone() });
        long.tables.push(table.replace("AGE", &format!("{i}m")));
    }
    let html = html(&Player::of(long.clone(), Some(long), None), Reading::Both(Lang::Zh), 20);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(html.as_bytes()).unwrap();
    let size = gzip.finish().unwrap().len();
    assert!(size < 40_000, "{size} of {}", html.len());
}
