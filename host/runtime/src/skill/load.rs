//! From a package, grants and limits to a skill.

use std::sync::Arc;

use luminarys_blocking::Lane;
use luminarys_filesystem::{Filesystem, Views};
use luminarys_grants::Grants;
use luminarys_network::hosted::Hosted;
use luminarys_package::Package;

use super::code::Code;
use super::{Loaded, Skill};
use crate::capabilities::Capabilities;
use crate::environment::{Host, SkillShared};
use crate::instances::Instances;
use crate::runtime::{Inner, Runtime};
use crate::{Limits, LoadError};

impl Runtime {
    /// Creates a skill `id` from a verified package without compiling its code: see [`Skill::compile`]. Determines its
    /// methods and checks its imports. Blocking, for milliseconds; no guest code runs.
    ///
    /// # Errors
    /// [`LoadError`] when the bytes are not a component, an import is unknown, or a described method is not exported.
    pub fn outline(
        &self,
        id: &str,
        package: &Package,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Skill, LoadError> {
        let code = self.inner.codes.of(&self.inner.compiler, package)?;
        Skill::deploy(&self.inner, id, code, grants, limits)
    }

    /// Makes a verified package callable as skill `id`: compiles it, or loads it from the cache. Blocking, for seconds
    /// when a large package is compiled; no guest code runs.
    ///
    /// # Errors
    /// The errors of [`Runtime::outline`] and [`Skill::compile`].
    pub fn load(
        &self,
        id: &str,
        package: &Package,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Skill, LoadError> {
        let skill = self.outline(id, package, grants, limits)?;
        skill.compile(|_| ())?;
        Ok(skill)
    }
}

impl Skill {
    /// Creates a skill from a package with grants and limits.
    pub(super) fn deploy(
        runtime: &Arc<Inner>,
        id: &str,
        code: Arc<Code>,
        grants: Arc<Grants>,
        limits: Limits,
    ) -> Result<Self, LoadError> {
        let mut warnings = Capabilities::warnings(&grants)?;
        warnings.extend(luminarys_audit::unprotected(&grants));
        warnings.extend(runtime.network.warnings(&grants));
        let mut methods = code.methods.clone();
        let reaches_out = grants.reaches_out();
        for method in &mut methods {
            method.effects.open_world &= reaches_out;
        }
        warnings.extend(methods.iter().filter_map(|method| {
            let reason = method.unavailable.as_ref()?;
            Some(format!("method {} is unavailable: {reason}", method.name))
        }));
        let engine = &runtime.compiler.engine;
        let accounts = &runtime.accounts;
        let network = runtime.network.of_skill();
        let shared = Arc::new(SkillShared {
            id: id.to_owned(),
            accounts: accounts.skill(id, limits.max_held_bytes, limits.max_live_memory),
            board: runtime.board.clone(),
            filesystem: Views::new(Filesystem::new(grants.clone(), limits.max_output_bytes)),
            network,
            hosted: Hosted::default(),
            lane: Lane::of_skill(limits.max_blocking),
            grants,
            limits,
            log: runtime.skill_log,
            log_rate: Default::default(),
            peers: runtime.peers.clone(),
            cluster: runtime.cluster.clone(),
            spares: runtime.spares.clone(),
            audit: runtime.audit.clone(),
        });
        let host = Host {
            state: &runtime.state,
            database: &runtime.store,
            shared: &runtime.shared,
            data_dir: runtime.data_dir.as_deref(),
            model: runtime.model.as_ref(),
        };
        let capabilities = Arc::new(Capabilities::new(&shared, &host));
        let background = runtime.background.clone();
        let instances = Instances::new(engine, shared.clone(), capabilities.clone(), background);
        Ok(Self {
            inner: Arc::new(Loaded {
                methods,
                warnings,
                shared,
                capabilities,
                instances: Arc::new(instances),
                code,
                runtime: runtime.clone(),
            }),
        })
    }
}
