//! Invitations that can still be used, as an administrator sees them. Their secrets are not here.

use jiff::Timestamp;
use serde_json::json;
use sqlx::FromRow;

use super::audit::{AuditAction, audit};
use super::ids::{count, instant};
use super::{Error, Learner, Result, Role, Store, TokenHash};

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// What tells it from the others.
    pub token: TokenHash,
    /// What it makes of who takes it.
    pub role: Role,
    /// How often it can still be used.
    pub uses: u32,
    /// Who gave it out, where they still have an account.
    pub by: Option<String>,
    /// Until when it can be used.
    pub expires: Timestamp,
}

#[derive(FromRow)]
struct InvitationRow {
    token_hash: Vec<u8>,
    role: Option<String>,
    uses_left: i64,
    name: Option<String>,
    expires_at: i64,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = Error;

    fn try_from(row: InvitationRow) -> Result<Invitation> {
        let corrupt = |what: &str| Error::Corrupt(format!("the {what} of an invitation"));
        let role = row.role.map_or(Some(Role::Learner), |code| Role::from_code(&code));
        Ok(Invitation {
            token: TokenHash(row.token_hash.try_into().map_err(|_| corrupt("hash"))?),
            role: role.ok_or_else(|| corrupt("role"))?,
            uses: count(row.uses_left)?,
            by: row.name,
            expires: instant(row.expires_at)?,
        })
    }
}

impl Store {
    /// The invitations that can still be used, the one that ends first first.
    pub async fn invitations(&self, now: Timestamp) -> Result<Vec<Invitation>> {
        // The handful of links is read whole; names by primary key.
        let rows: Vec<InvitationRow> = sqlx::query_as(
            "select t.token_hash, t.role, t.uses_left, a.name, t.expires_at
             from tickets t left join accounts a on a.learner = t.created_by
             where t.purpose = 'invitation' and t.uses_left > 0 and t.expires_at > $1
             order by t.expires_at, t.token_hash",
        )
        .bind(now.as_millisecond())
        .fetch_all(&mut *self.reader().await?)
        .await?;
        rows.into_iter().map(Invitation::try_from).collect()
    }

    /// Takes an invitation back. Does nothing where it is spent or was taken back before.
    pub async fn revoke_invitation(
        &self,
        token: &TokenHash,
        actor: Option<&Learner>,
        now: Timestamp,
    ) -> Result<()> {
        let mut writer = self.writer().await?;
        let mut tx = writer.begin().await?;
        // By primary key.
        let role: Option<Option<String>> = sqlx::query_scalar(
            "delete from tickets where token_hash = $1 and purpose = 'invitation' returning role",
        )
        .bind(&token.0[..])
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(role) = role {
            let detail = json!({ "role": role.as_deref().unwrap_or(Role::Learner.code()) });
            audit(&mut tx, actor, AuditAction::InvitationRevoked, "", &detail, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
