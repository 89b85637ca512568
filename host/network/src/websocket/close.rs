//! Close frames (RFC 6455, sections 5.5.1 and 7.4).

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::error::NetworkError;
use crate::hosted::Event;

/// The longest reason, in bytes.
const MAX_REASON: usize = 123;
/// The usual code: the connection has served its purpose.
const NORMAL: u16 = 1000;
/// Stands for a close frame without a code; never sent.
const NO_STATUS: u16 = 1005;

/// Returns the frame that closes a connection; code 0 means 1000.
///
/// # Errors
/// [`NetworkError::Invalid`] for a code that must not be sent, or a reason that is too long.
pub(super) fn close_frame(code: u16, reason: String) -> Result<Message, NetworkError> {
    if reason.len() > MAX_REASON {
        let length = reason.len();
        let text = format!("the close reason has {length} bytes; at most {MAX_REASON} are allowed");
        return Err(NetworkError::Invalid(text.into()));
    }
    let code = if code == 0 { NORMAL } else { code };
    if !(1000..5000).contains(&code) || matches!(code, 1004..=1006 | 1015) {
        let text = format!("invalid close code {code}");
        return Err(NetworkError::Invalid(text.into()));
    }
    Ok(Message::Close(Some(CloseFrame {
        code: code.into(),
        reason: reason.into(),
    })))
}

/// Returns the event of a connection that the peer has closed.
pub(super) fn closed(frame: Option<CloseFrame>) -> Event {
    let code = frame.as_ref().map_or(NO_STATUS, |frame| frame.code.into());
    let reason = frame.map(|frame| frame.reason.as_str().to_owned());
    Event::Close(code, reason.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn only_codes_that_may_be_sent_are_accepted() {
        let allowed = |code: u16| {
            code == 0
                || (1000..=1003).contains(&code)
                || (1007..=1014).contains(&code)
                || (1016..=4999).contains(&code)
        };
        let wrong: Vec<_> = (0..=u16::MAX)
            .filter(|code| close_frame(*code, String::new()).is_ok() != allowed(*code))
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        let frame = close_frame(0, "done".to_owned()).unwrap();
        let Message::Close(Some(frame)) = frame else {
            panic!("{frame:?}");
        };
        assert_eq!(
            (u16::from(frame.code), frame.reason.as_str()),
            (1000, "done")
        );
    }

    #[test]
    fn reasons_are_limited_in_bytes() {
        let rows = [
            (String::new(), true),
            ("x".repeat(123), true),
            ("x".repeat(124), false),
            ("é".repeat(61), true),
            ("é".repeat(62), false),
        ];
        each_row(rows, |(reason, good)| {
            let length = reason.len();
            assert_eq!(close_frame(1000, reason).is_ok(), good, "{length} bytes");
        });
    }

    #[test]
    fn the_peers_code_and_reason_are_passed_on() {
        let frame = CloseFrame {
            code: 4001.into(),
            reason: "bye".into(),
        };
        let rows = [(None, (1005, "")), (Some(frame), (4001, "bye"))];
        each_row(rows, |(frame, expected)| {
            let event = closed(frame);
            let Event::Close(code, reason) = event else {
                panic!("{event:?}");
            };
            assert_eq!((code, reason.as_str()), expected);
        });
    }
}
