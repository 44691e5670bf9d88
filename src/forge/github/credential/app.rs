//! A GitHub App's own signature: a JSON Web Token, by which it asks for tokens of its installations.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};

use super::App;

/// GitHub takes at most ten minutes.
const LIFETIME: SignedDuration = SignedDuration::from_mins(9);

/// How far GitHub's clock may be behind ours.
const CLOCK_DRIFT: SignedDuration = SignedDuration::from_mins(1);

/// Signs for an App.
pub(in super::super) struct Signer {
    id: String,
    key: RsaKeyPair,
}

impl Signer {
    /// The signer for an App; the error says what is wrong with its private key, and nothing of what is in it.
    pub(in super::super) fn new(app: &App) -> Result<Self, String> {
        let (kind, der) = pem(app.private_key.expose())?;
        let key = match kind {
            Kind::Pkcs1 => RsaKeyPair::from_der(&der),
            Kind::Pkcs8 => RsaKeyPair::from_pkcs8(&der),
        };
        let key = key.map_err(|error| format!("it is not an RSA key of 2048 bits or more ({error})"))?;
        Ok(Self { id: app.id.clone(), key })
    }

    /// A token by which the App itself speaks, for some minutes.
    pub(in super::super) fn sign(&self, now: Timestamp) -> Result<String, String> {
        let claims = serde_json::json!({
            "iat": (now - CLOCK_DRIFT).as_second(),
            "exp": (now + LIFETIME).as_second(),
            "iss": self.id,
        });
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "it could not be used for signing".to_owned())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    #[cfg(test)]
    pub(super) fn public_key(&self) -> &[u8] {
        self.key.public().as_ref()
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Pkcs1,
    Pkcs8,
}

/// The first key in a PEM text.
fn pem(text: &str) -> Result<(Kind, Vec<u8>), String> {
    const KINDS: [(&str, Kind); 2] = [("RSA PRIVATE KEY", Kind::Pkcs1), ("PRIVATE KEY", Kind::Pkcs8)];
    for (label, kind) in KINDS {
        let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
        let Some((_, rest)) = text.split_once(&begin) else { continue };
        let (content, _) = rest.split_once(&end).ok_or("its last line is missing")?;
        // Environment variables often carry line ends as `\n`.
        let content: String = content.replace("\\n", "").split_whitespace().collect();
        let der = STANDARD.decode(content).map_err(|_| "what is between its first and last line is not Base64")?;
        return Ok((kind, der));
    }
    Err(match text {
        text if text.contains("ENCRYPTED") => "it is encrypted; GitHub gives keys out unencrypted".to_owned(),
        text if text.contains("PUBLIC KEY") => "it is the public key".to_owned(),
        _ => "it does not begin with `-----BEGIN RSA PRIVATE KEY-----`".to_owned(),
    })
}
