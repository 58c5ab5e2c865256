//! Small facts about the database itself.

use jiff::Timestamp;
use sqlx::AnyConnection;

use super::audit::{AuditAction, audit};
use super::{Error, Learner, Result, Store};

const CONTENT_DIGEST: &str = "content-digest";
const SIGN_UP: &str = "sign-up";

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignUp {
    /// Anyone.
    #[default]
    Open,
    /// Whoever has a link.
    Invitation,
    /// Nobody; links that were given out rest, too.
    Closed,
}

impl SignUp {
    /// All of them, from the most open on.
    pub const ALL: [SignUp; 3] = [SignUp::Open, SignUp::Invitation, SignUp::Closed];

    /// Its word in the database, in forms and on the command line.
    pub const fn code(self) -> &'static str {
        match self {
            SignUp::Open => "open",
            SignUp::Invitation => "invitation",
            SignUp::Closed => "closed",
        }
    }

    /// The one with this word.
    pub fn from_code(code: &str) -> Option<SignUp> {
        SignUp::ALL.into_iter().find(|mode| mode.code() == code)
    }
}

impl Store {
    /// The digest of the content that was last synced in whole; `None` in a fresh database.
    pub async fn content_digest(&self) -> Result<Option<String>> {
        self.fact(CONTENT_DIGEST).await
    }

    /// Remembers that all content with this digest is synced, so that the next start need not look.
    pub async fn set_content_digest(&self, digest: &str) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        write(&mut tx, CONTENT_DIGEST, digest).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Who may make an account; anyone, as long as nobody has decided.
    pub async fn sign_up(&self) -> Result<SignUp> {
        let Some(code) = self.fact(SIGN_UP).await? else { return Ok(SignUp::default()) };
        SignUp::from_code(&code).ok_or_else(|| Error::Corrupt(format!("the mode of sign-up {code}")))
    }

    /// Decides who may make an account.
    pub async fn set_sign_up(&self, mode: SignUp, actor: Option<&Learner>, now: Timestamp) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        write(&mut tx, SIGN_UP, mode.code()).await?;
        let detail = serde_json::json!({ "mode": mode.code() });
        audit(&mut tx, actor, AuditAction::SignUpChanged, SIGN_UP, &detail, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn fact(&self, name: &str) -> Result<Option<String>> {
        // By primary key.
        let value = sqlx::query_scalar("select value from meta where name = $1")
            .bind(name)
            .fetch_optional(&mut *self.reader().await?)
            .await?;
        Ok(value)
    }
}

async fn write(connection: &mut AnyConnection, name: &str, value: &str) -> Result<()> {
    sqlx::query(
        "insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value",
    )
    .bind(name)
    .bind(value)
    .execute(connection)
    .await?;
    Ok(())
}
