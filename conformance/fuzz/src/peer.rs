//! What another node of the cluster sends.

use luminarys_cluster::Untrusted;
use luminarys_orchestrator::SkillAbout;

/// Parses the bytes as everything that another node may send. What is accepted is written so that it is accepted again, and as the
/// same.
pub fn check(bytes: &[u8]) {
    for kind in Untrusted::ALL {
        if let Some(written) = kind.reparse(bytes) {
            let again = kind.reparse(&written);
            assert_eq!(again.as_ref(), Some(&written), "{kind:?}");
        }
    }
    if let Ok(about) = SkillAbout::parse(bytes) {
        assert_eq!(SkillAbout::parse(&about.encode()).unwrap(), about);
    }
}
