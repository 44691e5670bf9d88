//! HTTP around the world: parses, applies faults and limits, dispatches, writes the log.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};

use super::access::Actor;
use super::answer::{Answer, Answered, Content};
use super::call::{Call, decode, parameters};
use super::cut::Cut;
use super::fault::Effect;
use super::record::Exchange;
use super::world::World;
use super::{command, git, graphql, rest};

/// The largest body that is read.
const LARGEST: usize = 1 << 30;

/// What the server and the handle share.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    log: Mutex<Vec<Exchange>>,
    origin: String,
}

impl Shared {
    pub(crate) fn new(world: World, origin: String) -> Self {
        Self { world: Mutex::new(world), log: Mutex::new(Vec::new()), origin }
    }

    /// The state, for as long as it is held. A handler that panicked has told of it already.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, with what was done to the repositories taken in.
    pub(crate) fn followed(&self) -> MutexGuard<'_, World> {
        let mut world = self.world();
        world.follow();
        world
    }

    /// The log so far.
    pub(crate) fn log(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the double is.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }
}

/// The routes: all of them, as a path's meaning depends on the repository's name.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(serve).with_state(shared)
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let rooted = path.strip_prefix("/api/v3").unwrap_or(&path);
    let headers = request
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let mut call = Call {
        method: request.method().as_str().to_owned(),
        segments: rooted.split('/').filter(|part| !part.is_empty()).map(|part| decode(part, false)).collect(),
        query: parameters(request.uri().query().unwrap_or_default()),
        headers: headers.collect::<BTreeMap<_, _>>(),
        body: Vec::new(),
        origin: shared.origin.clone(),
        path,
    };
    if git::is_git(&call.path) {
        return serve_git(&shared, &cut, call, request).await;
    }
    let Ok(body) = to_bytes(request.into_body(), LARGEST).await else {
        return respond(Answer::message(413, "Payload too large"));
    };
    call.body = body.to_vec();
    if call.segments.first().is_some_and(|first| first == "_double") {
        let done = tokio::task::spawn_blocking(move || command::run(&shared, &call)).await;
        return respond(done.unwrap_or_else(|error| Answer::message(500, &error.to_string())));
    }
    serve_api(shared, &cut, call).await
}

async fn serve_api(shared: Arc<Shared>, cut: &Cut, call: Call) -> Response<Body> {
    let (index, effect) = shared.begin(&call);
    if let Some(Effect::Slow(milliseconds)) = effect {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let (at, struck) = (Arc::clone(&shared), effect.clone());
    let done = tokio::task::spawn_blocking(move || at.carry_out(&call, struck.as_ref())).await;
    let answer = done
        .unwrap_or_else(|error| Answer::json(500, json!({ "message": format!("the double is at fault: {error}") })));
    if !matches!(effect, Some(Effect::HangUp | Effect::HangUpAfter)) {
        shared.log()[index].answered(&answer);
    }
    delayed(effect.as_ref()).await;
    broken_off(cut, effect.as_ref(), respond(answer)).await
}

/// Waits, where the answer is to be late.
async fn delayed(effect: Option<&Effect>) {
    if let Some(Effect::SlowAfter(milliseconds)) = effect {
        tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
    }
}

async fn serve_git(shared: &Arc<Shared>, cut: &Cut, call: Call, request: Request) -> Response<Body> {
    let (index, effect) = shared.begin(&call);
    if let Some(Effect::Slow(milliseconds)) = effect {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    let mut response = match &effect {
        Some(effect) if !effect.takes_place() => {
            respond(effect.answer(shared.world().now()).unwrap_or_else(Answer::no_content))
        }
        _ => git::serve(shared, request).await,
    };
    if let Some(answer) =
        effect.as_ref().filter(|effect| effect.takes_place()).and_then(|effect| effect.answer(shared.world().now()))
    {
        response = respond(answer);
    }
    let status = response.status().as_u16();
    shared.log()[index].answered(&Answer { status, headers: Vec::new(), content: Content::Empty });
    delayed(effect.as_ref()).await;
    broken_off(cut, effect.as_ref(), response).await
}

/// Sees to it that a connection that has to be closed is.
async fn broken_off(cut: &Cut, effect: Option<&Effect>, response: Response<Body>) -> Response<Body> {
    match effect {
        Some(Effect::HangUp | Effect::HangUpAfter) => cut.now(),
        Some(Effect::HangUpWithin) => return half(response).await,
        _ => {}
    }
    response
}

/// An answer that announces all of its body and ends with half of it.
async fn half(response: Response<Body>) -> Response<Body> {
    let (mut parts, body) = response.into_parts();
    let whole = to_bytes(body, LARGEST).await.unwrap_or_default();
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(whole.len()));
    let cut = async { Some(Err(io::Error::from(io::ErrorKind::ConnectionReset))) };
    let part = Full::new(whole.slice(..whole.len() / 2)).map_err(|never: Infallible| match never {});
    Response::from_parts(parts, Body::new(part.with_trailers(cut)))
}

impl Shared {
    /// Writes a call down, and finds the fault that meets it.
    fn begin(&self, call: &Call) -> (usize, Option<Effect>) {
        let effect = self.world().faults.iter_mut().find_map(|fault| fault.strike(call));
        let mut log = self.log();
        let number = log.len() as u64 + 1;
        log.push(Exchange::new(number, call, effect.as_ref().map(|effect| format!("{effect:?}"))));
        (log.len() - 1, effect)
    }

    /// The answer to a call, in whole, as the fault leaves it.
    fn carry_out(&self, call: &Call, effect: Option<&Effect>) -> Answer {
        let mut world = self.world();
        let now = world.now();
        if let Some(effect) = effect.filter(|effect| !effect.takes_place()) {
            let answer = effect.answer(now).unwrap_or_else(Answer::no_content);
            return world.finish(call, answer);
        }
        let answer = world.answer(call);
        match effect {
            Some(Effect::EmptyPage) => empty(answer),
            Some(Effect::Truncated) => truncate(answer),
            Some(effect) => effect.answer(now).map_or(answer, |instead| world.finish(call, instead)),
            None => answer,
        }
    }
}

/// The list without its entries, and nothing after it.
fn empty(mut answer: Answer) -> Answer {
    if let Content::Json(Value::Array(entries)) = &mut answer.content {
        entries.clear();
    } else if let Content::Json(value) = &mut answer.content {
        empty_nodes(value);
    }
    answer.headers.retain(|(name, _)| *name != "link");
    answer
}

/// In GraphQL a list is called `nodes`; in REST's objects it has any name.
fn empty_nodes(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(empty_nodes),
        Value::Array(entries) => entries.clear(),
        _ => {}
    }
}

fn truncate(mut answer: Answer) -> Answer {
    if let Content::Json(value) = &answer.content {
        let text = value.to_string();
        let half = (0..=text.len() / 2).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        answer.content = Content::Text(text[..half].to_owned());
        answer.headers.push(("content-type", "application/json; charset=utf-8".to_owned()));
    }
    answer
}

impl World {
    /// The answer to a call, with the headers that every answer has.
    fn answer(&mut self, call: &Call) -> Answer {
        self.requests += 1;
        self.follow();
        let answer = self.dispatch(call).unwrap_or_else(|refusal| refusal);
        let answer = unchanged(call, answer);
        if answer.status == 304
            && let Ok(actor) = self.authenticate(call)
        {
            let now = self.clock.precise();
            self.limits.refund(actor.key(), "core", now);
        }
        self.finish(call, answer)
    }

    fn dispatch(&mut self, call: &Call) -> Answered {
        if !call.headers.contains_key("user-agent") {
            return Err(Answer::forbidden(
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header \
                 (https://docs.github.com/en/rest/overview/resources-in-the-rest-api#user-agent-required).",
            ));
        }
        let actor = self.authenticate(call)?;
        let now = self.clock.precise();
        let token = call.segments.first().is_some_and(|first| first == "app");
        if call.writes() && !token {
            self.limits.create(actor.key(), now)?;
        }
        if call.path == "/graphql" || call.path == "/api/graphql" {
            return graphql::answer(self, &actor, call);
        }
        if call.segments != ["rate_limit"] {
            self.limits.spend(actor.key(), "core", 1, now)?;
        }
        rest::answer(self, &actor, call)
    }

    /// Adds what every answer has.
    fn finish(&mut self, call: &Call, mut answer: Answer) -> Answer {
        let actor = self.authenticate(call).unwrap_or(Actor::Anonymous);
        let resource = if call.path.ends_with("/graphql") { "graphql" } else { "core" };
        let now = self.clock.precise();
        for (name, value) in self.limits.headers(actor.key(), resource, now) {
            if !answer.headers.iter().any(|(there, _)| *there == name) {
                answer.headers.push((name, value));
            }
        }
        if let Some(scopes) = self.scopes(&actor) {
            answer.headers.push(("x-oauth-scopes", scopes));
            answer.headers.push(("x-accepted-oauth-scopes", "repo".to_owned()));
        }
        answer.headers.push(("x-github-media-type", "github.v3; format=json".to_owned()));
        answer.headers.push(("x-github-request-id", format!("D0:{:08X}", self.fresh_id())));
        answer
    }
}

/// Gives each answer to a GET its tag, and 304 to whoever has it already.
fn unchanged(call: &Call, answer: Answer) -> Answer {
    let Content::Json(value) = &answer.content else { return answer };
    if call.method != "GET" || answer.status != 200 {
        return answer;
    }
    let tag = format!("W/\"{}\"", digest(&value.to_string()));
    if call.headers.get("if-none-match").is_some_and(|known| known.split(", ").any(|known| known == tag)) {
        let headers = answer.headers;
        return Answer { status: 304, headers, content: Content::Empty }.with("etag", tag);
    }
    answer.with("etag", tag)
}

/// A name for a text, the same on every machine.
fn digest(text: &str) -> String {
    use sha2::Digest as _;
    let bytes = sha2::Sha256::digest(text.as_bytes());
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The answer as HTTP.
fn respond(answer: Answer) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::SERVER, HeaderValue::from_static("github.com"));
    let (kind, body) = match answer.content {
        Content::Empty => (None, String::new()),
        Content::Json(value) => (Some("application/json; charset=utf-8"), value.to_string()),
        Content::Text(text) => (Some("text/plain; charset=utf-8"), text),
    };
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    *response.body_mut() = Body::from(body);
    response
}
