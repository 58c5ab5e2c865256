//! How fast the pages are: `cargo bench --bench pages`, or `scripts/bench`.
//!
//! In one run, on one machine: a bare text response of the same web framework, the question page, and an answer with its
//! rating, with a thousand, a hundred thousand and a million cards in the database; then the answers of a class, all at
//! once, against a hand-written transaction of two statements on the same file. Client and server share the machine.

#![allow(clippy::print_stdout, clippy::unwrap_used)] // a bench prints its figures, and may stop where it cannot go on

#[path = "../tests/support/forms.rs"]
mod forms;

use actix_web::{App, HttpServer, web};
use doujia::store::{Store, file_url};
use doujia::web::{Server, Setup, SystemClock};
use sqlx::{Connection, SqliteConnection};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

const CARDS: [u64; 3] = [1_000, 100_000, 1_000_000];
const CONNECTIONS: usize = 4;
const SPAN: Duration = Duration::from_secs(1);
const ROUNDS: usize = 7;
const ANSWERS: usize = 300;
const LEARNERS: usize = 40;
const QUESTIONS: usize = 5;

/// A browser that does nothing but ask: one connection, one cookie.
struct Client {
    stream: TcpStream,
    address: SocketAddr,
    cookie: String,
    buffer: Vec<u8>,
}

struct Reply {
    status: u16,
    location: String,
    body: String,
}

impl Client {
    fn new(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, address, cookie: String::new(), buffer: Vec::new() }
    }

    fn get(&mut self, path: &str) -> Reply {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nAccept-Language: en\r\nCookie: {}\r\n\r\n",
            self.address, self.cookie
        );
        self.send(&request);
        self.reply()
    }

    fn post(&mut self, path: &str, fields: &[(String, String)]) -> Reply {
        self.send_form(path, fields);
        self.reply()
    }

    fn send_form(&mut self, path: &str, fields: &[(String, String)]) {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            self.cookie,
            body.len()
        );
        self.send(&request);
    }

    fn send(&mut self, request: &str) {
        self.stream.write_all(request.as_bytes()).unwrap();
    }

    fn reply(&mut self) -> Reply {
        self.buffer.clear();
        let mut chunk = [0; 65_536];
        let head = loop {
            if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            let count = self.stream.read(&mut chunk).unwrap();
            assert!(count > 0, "the server has hung up");
            self.buffer.extend_from_slice(&chunk[..count]);
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).into_owned();
        let header = |name: &str| {
            let found = text.lines().find_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            });
            found.unwrap_or_default()
        };
        let length: usize = header("content-length").parse().unwrap_or(0);
        while self.buffer.len() < head + 4 + length {
            let count = self.stream.read(&mut chunk).unwrap();
            assert!(count > 0, "the server has hung up");
            self.buffer.extend_from_slice(&chunk[..count]);
        }
        if let Some(cookie) = Some(header("set-cookie")).filter(|cookie| cookie.starts_with("doujia=")) {
            self.cookie = cookie.split(';').next().unwrap_or("").to_owned();
        }
        Reply {
            status: text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0),
            location: header("location"),
            body: String::from_utf8_lossy(&self.buffer[head + 4..]).into_owned(),
        }
    }

    /// A guest who has pressed the button.
    fn guest(address: SocketAddr) -> Client {
        let mut client = Client::new(address);
        let home = client.get("/").body;
        let start = forms::filled(&home, "/start").unwrap();
        assert_eq!(client.post("/start", &start).status, 303);
        client
    }
}

struct Figures {
    rate: f64,
    p50: Duration,
    p99: Duration,
}

impl Figures {
    fn of(mut times: Vec<Duration>, span: Duration) -> Figures {
        times.sort();
        let at = |share: usize| times[(times.len() - 1) * share / 100];
        Figures { rate: times.len() as f64 / span.as_secs_f64(), p50: at(50), p99: at(99) }
    }

    fn row(&self, name: &str) {
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "{name:<44} {:>9.0} /s   p50 {:>7.2} ms   p99 {:>7.2} ms",
            self.rate,
            ms(self.p50),
            ms(self.p99)
        );
    }
}

/// Asks for one path from several connections at once, for a while.
fn load(path: &str, clients: &mut [Client]) -> Figures {
    let begin = Instant::now();
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .map(|client| {
                scope.spawn(move || {
                    let mut times = Vec::new();
                    while begin.elapsed() < SPAN {
                        let start = Instant::now();
                        assert_eq!(client.get(path).status, 200);
                        times.push(start.elapsed());
                    }
                    times
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    Figures::of(times, begin.elapsed())
}

/// Measures two things, one after the other and so on: a machine that others share is not as fast at one moment as at the
/// next. Returns the round in the middle.
fn in_turns(mut round: impl FnMut() -> (Figures, Figures)) -> (Figures, Figures) {
    let mut rounds: Vec<(Figures, Figures)> = (0..ROUNDS).map(|_| round()).collect();
    rounds.sort_by(|(one, other), (one2, other2)| {
        (other.rate / one.rate).total_cmp(&(other2.rate / one2.rate))
    });
    rounds.swap_remove(ROUNDS / 2)
}

/// Runs a future's server on a thread of its own and returns where it listens.
fn in_background<F>(start: F) -> SocketAddr
where
    F: FnOnce(std::sync::mpsc::Sender<SocketAddr>) + Send + 'static,
{
    let (tell, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || start(tell));
    hear.recv().unwrap()
}

fn bare() -> SocketAddr {
    in_background(|tell| {
        actix_web::rt::System::new().block_on(async {
            let server = HttpServer::new(|| App::new().route("/", web::get().to(|| async { "Hello" })))
                .bind("127.0.0.1:0")
                .unwrap();
            tell.send(server.addrs()[0]).unwrap();
            server.run().await.unwrap();
        });
    })
}

fn doujia(file: &Path) -> SocketAddr {
    let url = file_url(file);
    in_background(move |tell| {
        actix_web::rt::System::new().block_on(async {
            let setup = Setup {
                listen: "127.0.0.1:0".to_owned(),
                database_url: url,
                base: None,
                proxies: Default::default(),
                metrics: None,
                clock: Box::new(SystemClock),
                library: None,
            };
            let server = Server::start(setup).await.unwrap();
            tell.send(server.address()).unwrap();
            server.run().await.unwrap();
        });
    })
}

/// Fills the database up to so many cards: other learners, who have answered every question.
async fn fill(file: &Path, cards: u64) {
    let mut database = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    let one = |sql: &'static str| sqlx::query_scalar::<_, i64>(sql);
    let have = one("select count(*) from cards").fetch_one(&mut database).await.unwrap() as u64;
    let questions = one("select count(*) from questions").fetch_one(&mut database).await.unwrap() as u64;
    let learners = cards.saturating_sub(have).div_ceil(questions);
    let statements = [
        "create temp table newcomers as with recursive n(i) as (select 1 union all select i + 1 from n where i < $1)
         select i + (select coalesce(max(id), 0) from learners) as id from n",
        "insert into learners (id, created_at, reading, zone, day_start_minute, new_per_day, reviews_per_day, retention)
         select id, 0, 'zh', 'UTC', 240, 20, 200, 900 from newcomers where $1 > 0",
        "insert into enrollments (learner, bank, since) select newcomers.id, banks.id, 0 from newcomers, banks where $1 > 0",
        "insert into cards (learner, question, state, stability, difficulty, interval_days, last_at, due_at, reps, lapses,
                            turn, since_turn)
         select newcomers.id, questions.id, 'review', 9000000, 5000000, 9, 1790000000000,
                1790000000000 + 86400000 * ((newcomers.id + questions.id) % 30), 3, 0, 3, 0
         from newcomers, questions where $1 > 0",
        "drop table newcomers",
    ];
    let mut transaction = database.begin().await.unwrap();
    for statement in statements {
        sqlx::query(statement).bind(learners as i64).execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    sqlx::query("pragma wal_checkpoint(truncate)").execute(&mut database).await.unwrap();
}

/// Answers and rates, one after the other; a new guest whenever the day's work is done. Returns the time of each answer,
/// and of each answer with its rating.
fn answers(address: SocketAddr) -> (Vec<Duration>, Vec<Duration>) {
    let (mut alone, mut pairs) = (Vec::new(), Vec::new());
    let mut client = Client::guest(address);
    while pairs.len() < ANSWERS {
        let Some(answer) = forms::filled(&client.get("/study").body, "/study/answer") else {
            client = Client::guest(address);
            continue;
        };
        let start = Instant::now();
        let reply = client.post("/study/answer", &answer);
        let answered = start.elapsed();
        let Some(path) = reply.location.rfind("/study/feedback/").map(|at| reply.location[at..].to_owned())
        else {
            client = Client::guest(address);
            continue;
        };
        let page = client.get(&path).body;
        let mut rate = forms::filled(&page, "/study/rate").unwrap();
        rate.push(("rating".to_owned(), "again".to_owned()));
        let start = Instant::now();
        assert_eq!(client.post("/study/rate", &rate).status, 303);
        alone.push(answered);
        pairs.push(answered + start.elapsed());
    }
    (alone, pairs)
}

/// A class: learners who answer at the same moment, each from a connection of their own.
struct Class(Vec<Client>);

impl Class {
    async fn new(address: SocketAddr, file: &Path) -> Class {
        let clients = (0..LEARNERS).map(|_| Client::guest(address)).collect();
        let mut database = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
        sqlx::query("update learners set new_per_day = 9999").execute(&mut database).await.unwrap();
        Class(clients)
    }

    /// All answer a question, so many times. The time in which they get their questions is not counted.
    fn answers(&mut self) -> Figures {
        let (mut times, mut span) = (Vec::new(), Duration::ZERO);
        for _ in 0..QUESTIONS {
            let question =
                |client: &mut Client| forms::filled(&client.get("/study").body, "/study/answer").unwrap();
            let forms: Vec<_> = self.0.iter_mut().map(question).collect();
            let start = Instant::now();
            for (client, form) in self.0.iter_mut().zip(&forms) {
                client.send_form("/study/answer", form);
            }
            for client in &mut self.0 {
                assert_eq!(client.reply().status, 303);
                times.push(start.elapsed());
            }
            span += start.elapsed();
        }
        Figures::of(times, span)
    }
}

/// The least that an answer must do: change a card and add a review, in one transaction that is on disk when it returns.
struct ByHand(SqliteConnection);

impl ByHand {
    async fn new(file: &Path) -> ByHand {
        let mut database = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
        sqlx::query("pragma synchronous = full").execute(&mut database).await.unwrap();
        sqlx::query("create table by_hand (id integer primary key, answer text)")
            .execute(&mut database)
            .await
            .unwrap();
        ByHand(database)
    }

    async fn answers(&mut self, times: usize) -> Vec<Duration> {
        let mut took = Vec::new();
        for turn in 0..times as i64 {
            let start = Instant::now();
            let mut transaction = self.0.begin().await.unwrap();
            sqlx::query(
                "update cards set reps = $1 where learner = (select min(learner) from cards) and question = 1",
            )
            .bind(turn)
            .execute(&mut *transaction)
            .await
            .unwrap();
            sqlx::query("insert into by_hand (answer) values ($1)")
                .bind("terminating")
                .execute(&mut *transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            took.push(start.elapsed());
        }
        took
    }
}

fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("doujia.db");
    let bare = bare();
    let address = doujia(&file);
    println!("resident memory after start (client and both servers): {} MB\n", resident_mb());
    for cards in CARDS {
        runtime.block_on(fill(&file, cards));
        println!("{cards} cards");
        let mut texts: Vec<Client> = (0..CONNECTIONS).map(|_| Client::new(bare)).collect();
        let mut pages: Vec<Client> = (0..CONNECTIONS).map(|_| Client::guest(address)).collect();
        let (text, page) = in_turns(|| (load("/", &mut texts), load("/study", &mut pages)));
        text.row("  bare text response");
        page.row("  question page");
        println!("  question page / bare: {:.1} %   (aim: 12 %)", 100.0 * page.rate / text.rate);
        let (alone, pairs) = answers(address);
        let sum = |times: &[Duration]| times.iter().sum::<Duration>();
        let answer = Figures::of(alone.clone(), sum(&alone));
        answer.row("  an answer, one after the other");
        Figures::of(pairs.clone(), sum(&pairs)).row("  an answer and its rating");
        println!();
        if cards == CARDS[CARDS.len() - 1] {
            let mut class = runtime.block_on(Class::new(address, &file));
            let mut by_hand = runtime.block_on(ByHand::new(&file));
            let (hand, together) = in_turns(|| {
                let hand = runtime.block_on(by_hand.answers(LEARNERS * QUESTIONS));
                (Figures::of(hand.clone(), sum(&hand)), class.answers())
            });
            hand.row("  two statements in a transaction, by hand");
            together.row("  answers of a class at once");
            println!("  an answer / by hand: {:.1} %   (aim: 70 %)", 100.0 * together.rate / hand.rate);
            println!("  one after the other: {:.1} %", 100.0 * answer.rate / hand.rate);
        }
    }
    // The store is used only to see that the file is sound in the end.
    runtime.block_on(async { Store::open(&file_url(&file)).await.unwrap().close().await });
}
