//! What the journal knows of a run besides its events.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::content::content_hash;
use crate::base::RunId;

/// The version of the plans and events that this program writes, and the newest that it reads.
pub const RUN_FORMAT: u32 = 1;

/// A run in the list of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunHeader {
    /// Its id.
    pub id: RunId,
    /// The workflow's name.
    pub workflow: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// The base commit.
    pub base: String,
    /// The SHA-256 of the frozen plan, in hexadecimal.
    pub plan_hash: String,
    /// The program that began it, with its version.
    pub program: String,
    /// The version of its plan and events, see [`RUN_FORMAT`].
    pub format: u32,
}

/// A run with its frozen plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Everything but the plan.
    pub header: RunHeader,
    /// The compiled plan as JSON; a resumed run reads this and never the workflow file again.
    pub plan: String,
}

impl RunRecord {
    /// A run begun by this program.
    pub fn new(id: RunId, workflow: &str, created_at: Timestamp, base: &str, plan: String) -> Self {
        let header = RunHeader {
            id,
            workflow: workflow.to_owned(),
            created_at,
            base: base.to_owned(),
            plan_hash: content_hash(plan.as_bytes()),
            program: concat!("cutover ", env!("CARGO_PKG_VERSION")).to_owned(),
            format: RUN_FORMAT,
        };
        Self { header, plan }
    }
}

const HEADER: &str = "id, workflow, created_at, base, plan_hash, program, format";

/// Writes a run; its number.
pub(super) fn insert(connection: &Connection, record: &RunRecord) -> rusqlite::Result<i64> {
    let RunHeader { id, workflow, created_at, base, plan_hash, program, format } = &record.header;
    let insert = format!("INSERT INTO runs ({HEADER}, plan) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    let microseconds = created_at.as_microsecond();
    let values = (id.as_str(), workflow, microseconds, base, plan_hash, program, format, &record.plan);
    connection.execute(&insert, values)?;
    Ok(connection.last_insert_rowid())
}

/// The number under which the events of a run are kept.
pub(super) fn number(connection: &Connection, id: &RunId) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT number FROM runs WHERE id = ?1", [id.as_str()], |row| row.get(0)).optional()
}

/// A run with its plan.
pub(super) fn record(connection: &Connection, id: &RunId) -> rusqlite::Result<Option<RunRecord>> {
    let select = format!("SELECT {HEADER}, plan FROM runs WHERE id = ?1");
    let record = |row: &Row<'_>| Ok(RunRecord { header: header(row)?, plan: row.get(7)? });
    connection.query_row(&select, [id.as_str()], record).optional()
}

/// All runs whose id begins so, newest first.
pub(super) fn headers(connection: &Connection, prefix: &str) -> rusqlite::Result<Vec<RunHeader>> {
    let select = format!("SELECT {HEADER} FROM runs WHERE substr(id, 1, length(?1)) = ?1 ORDER BY number DESC");
    connection.prepare(&select)?.query_map([prefix], header)?.collect()
}

fn header(row: &Row<'_>) -> rusqlite::Result<RunHeader> {
    let id: String = row.get(0)?;
    Ok(RunHeader {
        id: RunId::new(&id).map_err(|error| unfit(0, error))?,
        workflow: row.get(1)?,
        created_at: Timestamp::from_microsecond(row.get(2)?).map_err(|error| unfit(2, error))?,
        base: row.get(3)?,
        plan_hash: row.get(4)?,
        program: row.get(5)?,
        format: row.get(6)?,
    })
}

fn unfit(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
}
