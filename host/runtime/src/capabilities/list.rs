//! Generates the types for the list of capabilities.

/// Generates `Capabilities`, the states of all capabilities of one skill, from their names, which are those of their
/// interfaces, and their types.
macro_rules! capabilities {
    ($($name:ident: $state:ty,)*) => {
        use std::sync::Arc;

        use luminarys_grants::Grants;
        use wasmtime::component::Linker;

        use crate::LoadError;
        use crate::environment::{Capability as _, Environment, Host, Of, SkillShared, View};

        /// The capabilities of one skill.
        pub(crate) struct Capabilities {
            $(pub $name: Arc<$state>,)*
        }

        /// The data of a store that holds capabilities.
        pub(crate) trait HasCapabilities: Send + 'static {
            /// Returns the capabilities and their environment.
            fn parts(&mut self) -> (&Capabilities, &mut Environment);
        }

        impl Capabilities {
            /// Creates all capabilities of one skill.
            pub fn new(skill: &Arc<SkillShared>, host: &Host<'_>) -> Self {
                Self {
                    $($name: Arc::new(<$state>::new(skill, host)),)*
                }
            }

            /// Adds all interfaces to the linker.
            ///
            /// # Errors
            /// wasmtime's, when an interface is already defined.
            pub fn link<T: HasCapabilities>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
                $(crate::bindings::luminarys::skill::$name::add_to_linker::<T, Of<$state>>(
                    linker,
                    |data: &mut T| {
                        let (all, environment) = data.parts();
                        View { environment, state: &all.$name }
                    },
                )?;)*
                Ok(())
            }

            /// Returns notes for the operator about `grants`.
            ///
            /// # Errors
            /// [`LoadError`] when this machine cannot confine a skill to them.
            pub fn warnings(grants: &Grants) -> Result<Vec<String>, LoadError> {
                let mut warnings = Vec::new();
                $(warnings.extend(<$state>::warnings(grants)?);)*
                Ok(warnings)
            }

            /// Describes to the operator how this machine confines a skill to `grants`, if that depends on the machine.
            pub fn confinement(grants: &Grants) -> Option<String> {
                let all = [$(<$state>::confinement(grants),)*];
                let all: Vec<String> = all.into_iter().flatten().collect();
                (!all.is_empty()).then(|| all.join("; "))
            }

            /// Ends everything that outlives calls.
            pub fn end(&self) {
                $(self.$name.end();)*
            }

            /// Returns each interface's name with its functions' rules.
            #[cfg(test)]
            fn operations() -> Vec<(&'static str, &'static [crate::environment::Operation])> {
                vec![$((<$state>::NAME, <$state>::OPERATIONS),)*]
            }
        }
    };
}

pub(super) use capabilities;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::super::Capabilities;

    /// Returns the functions of an interface's file; methods are prefixed with their resource's name.
    fn functions(text: &str) -> BTreeSet<(String, String)> {
        let mut found = BTreeSet::new();
        let (mut interface, mut resource) = (String::new(), None);
        for line in text.lines() {
            let indented = line.starts_with("        ");
            let line = line.trim();
            let named = |keyword: &str| {
                let rest = line.strip_prefix(keyword)?;
                Some(rest.trim_end_matches('{').trim().to_owned())
            };
            if let Some(name) = named("interface ") {
                interface = name;
            } else if let Some(name) = named("resource ") {
                resource = Some(name);
            } else if let Some((name, rest)) = line.split_once(": ")
                && !line.starts_with("//")
                && ["func(", "async func(", "static func("]
                    .iter()
                    .any(|form| rest.starts_with(form))
                // Setters of options only store values.
                && !(indented && resource.as_ref().is_some_and(|name| name.ends_with("options")))
            {
                let name = name.trim_start_matches('%');
                let name = match &resource {
                    Some(resource) if indented => format!("{resource}.{name}"),
                    _ => name.to_owned(),
                };
                found.insert((interface.clone(), name));
            }
        }
        found
    }

    /// The files of interfaces that a skill exports: no operations of the host.
    const EXPORTED: [&str; 2] = ["dynamic.wit", "prepared.wit"];

    #[test]
    fn every_function_of_every_interface_has_its_rule() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let mut wanted = BTreeSet::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_exported = EXPORTED.iter().any(|name| path.ends_with(name));
            if path.extension().is_some_and(|it| it == "wit") && !is_exported {
                wanted.extend(functions(&std::fs::read_to_string(path).unwrap()));
            }
        }
        let all = Capabilities::operations();
        let count: usize = all.iter().map(|(_, operations)| operations.len()).sum();
        let each = all.into_iter().flat_map(|(interface, operations)| {
            let named =
                move |(function, _): &(&str, _)| (interface.to_owned(), (*function).to_owned());
            operations.iter().map(named)
        });
        let known: BTreeSet<(String, String)> = each.collect();
        assert!(wanted.len() > 80, "{wanted:?}");
        assert_eq!(known, wanted);
        assert_eq!(known.len(), count, "one stands twice");
    }
}
