//! Remembers what was logged about each manifest, so that nothing is repeated while it stays the same.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use crate::report::SkillReport;

/// The messages logged about each manifest.
#[derive(Default)]
pub(crate) struct Reported(HashMap<PathBuf, HashSet<String>>);

impl Reported {
    /// Takes the reports of a publication, and returns each message that was not logged yet, with its report.
    ///
    /// A message counts as new again once its manifest is loaded without it. While a package is being loaded, its
    /// report does not tell, so the messages logged before are kept.
    pub fn update<'a>(
        &mut self,
        reports: impl IntoIterator<Item = &'a SkillReport>,
    ) -> Vec<(&'a SkillReport, &'a str)> {
        let mut new = Vec::new();
        let mut before = std::mem::take(&mut self.0);
        for report in reports {
            let old = before.entry(report.manifest.clone()).or_default();
            let known = self.0.entry(report.manifest.clone()).or_default();
            if report.loading {
                known.extend(old.iter().cloned());
            }
            for message in report.problem.iter().chain(&report.warnings) {
                if known.insert(message.clone()) && !old.contains(message) {
                    new.push((report, message.as_str()));
                }
            }
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(manifest: &str, loading: bool, problem: &str, warnings: &[&str]) -> SkillReport {
        let mut report = SkillReport::new("id".to_owned(), manifest.into());
        report.loading = loading;
        report.problem = (!problem.is_empty()).then(|| problem.to_owned());
        report.warnings = warnings.iter().map(|&text| text.to_owned()).collect();
        report
    }

    #[test]
    fn a_message_is_logged_once_until_it_ceases() {
        let mut reported = Reported::default();
        let mut logged = |reports: &[SkillReport]| -> Vec<String> {
            let new = reported.update(reports).into_iter();
            new.map(|(report, message)| format!("{}: {message}", report.manifest.display()))
                .collect()
        };
        let broken = report("a", false, "broken", &["old"]);
        let other = report("b", true, "", &[]);
        assert_eq!(
            logged(&[broken.clone(), other.clone()]),
            ["a: broken", "a: old"]
        );
        // Others are published while it stays as it is.
        let done = report("b", false, "", &["b"]);
        assert_eq!(logged(&[broken.clone(), done.clone()]), ["b: b"]);
        assert!(logged(&[broken.clone(), done]).is_empty());
        // A reload looks at it again, and it is as before.
        let loading = report("a", true, "", &[]);
        assert!(logged(std::slice::from_ref(&loading)).is_empty());
        assert!(logged(std::slice::from_ref(&broken)).is_empty());
        // For another reason, and then for the first again.
        let elsewhere = report("a", false, "missing", &["old"]);
        assert_eq!(logged(&[elsewhere]), ["a: missing"]);
        assert_eq!(logged(std::slice::from_ref(&broken)), ["a: broken"]);
        // It was loaded in between.
        let good = report("a", false, "", &["old"]);
        assert!(logged(std::slice::from_ref(&loading)).is_empty());
        assert!(logged(&[good]).is_empty());
        assert_eq!(logged(std::slice::from_ref(&broken)), ["a: broken"]);
        // Its manifest was gone in between.
        assert!(logged(&[]).is_empty());
        assert_eq!(logged(&[broken]), ["a: broken", "a: old"]);
    }

    #[test]
    fn a_manifest_that_is_named_twice_is_logged_once() {
        let twice = [
            report("a", false, "", &["same"]),
            report("a", false, "the id is taken", &["same"]),
        ];
        let mut reported = Reported::default();
        assert_eq!(reported.update(&twice).len(), 2);
        assert!(reported.update(&twice).is_empty());
    }
}
