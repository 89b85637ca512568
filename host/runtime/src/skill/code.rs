//! The state that all skills of one package share: its methods and imports, which are known at once, and its code,
//! which is compiled on request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use luminarys_package::{Abi, Descriptor, Package};
use wasmtime::component::{Component, ComponentExportIndex, InstancePre, Linker};

use super::target::{self, Target};
use crate::LoadError;
use crate::cache::{Compilation, give_back};
use crate::compiler::Compiler;
use crate::images;
use crate::imports::{self, Imported};
use crate::method::Method;
use crate::outline::outline;
use crate::store::SkillStore;

/// The packages of all skills, by their hash.
#[derive(Default)]
pub(crate) struct Codes(Mutex<HashMap<[u8; 32], Weak<Code>>>);

/// One package.
pub(crate) struct Code {
    pub descriptor: Descriptor,
    /// Methods in the descriptor's order, as are the targets.
    pub methods: Vec<Method>,
    pub targets: Vec<Target>,
    pub imported: Vec<Imported>,
    hash: [u8; 32],
    /// The verified package, dropped after compilation.
    package: Mutex<Option<Package>>,
    compiled: OnceLock<Result<Compiled, String>>,
}

/// Compiled code, and the exports of its methods.
pub(crate) struct Compiled {
    pub component: Component,
    pub exports: Vec<Option<ComponentExportIndex>>,
    /// The export through which its instances are prepared, if there is one.
    pub prepare: Option<ComponentExportIndex>,
}

impl Codes {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Weak<Code>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the state that the skills of `package` share, creating it for the first of them.
    ///
    /// # Errors
    /// [`LoadError`] when the package is not a component with the exports that its descriptor names and with imports
    /// that this host offers.
    pub fn of(&self, compiler: &Compiler, package: &Package) -> Result<Arc<Code>, LoadError> {
        let hash = package.content_hash();
        if let Some(shared) = self.lock().get(&hash).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        let made = Arc::new(Code::new(compiler, package, hash)?);
        let mut all = self.lock();
        all.retain(|_, code| code.strong_count() > 0);
        // Another thread may have been faster.
        if let Some(shared) = all.get(&hash).and_then(Weak::upgrade) {
            return Ok(shared);
        }
        all.insert(hash, Arc::downgrade(&made));
        Ok(made)
    }
}

impl Code {
    fn new(compiler: &Compiler, package: &Package, hash: [u8; 32]) -> Result<Self, LoadError> {
        let descriptor = package.descriptor.clone();
        let invalid = |reason: String| LoadError::Invalid {
            skill: descriptor.id.clone(),
            reason,
        };
        images::check(package.bytes()).map_err(invalid)?;
        let outlined = outline(package.bytes()).map_err(|error| invalid(error.to_string()))?;
        let outlined = Component::from_binary(&compiler.engine, &outlined)
            .map_err(|error| invalid(format!("{error:#}")))?;
        let unlinked = |reason: String| LoadError::Import {
            skill: descriptor.id.clone(),
            reason,
        };
        let imported = imports::foreign(&outlined, &compiler.engine).map_err(unlinked)?;
        link(&compiler.linker, &imported, &outlined)
            .map_err(|error| unlinked(format!("{error:#}")))?;
        target::check_prepare(&outlined).map_err(invalid)?;
        let mut methods = Vec::new();
        let mut targets = Vec::new();
        for described in &descriptor.methods {
            let (method, target) = match descriptor.abi {
                Abi::Typed => target::typed(&outlined, &descriptor, described)?,
                Abi::Dynamic => target::dynamic(&outlined, &descriptor, described)?,
            };
            methods.push(method);
            targets.push(target);
        }
        Ok(Self {
            descriptor,
            methods,
            targets,
            imported,
            hash,
            package: Mutex::new(Some(package.clone())),
            compiled: OnceLock::new(),
        })
    }

    /// Loads the code from the cache, or compiles it, once; concurrent callers wait. Blocking. Returns how the
    /// compilation went if it happened now: `begins` is called before.
    ///
    /// # Errors
    /// [`LoadError::Invalid`] when wasmtime rejects the code.
    pub fn compile(
        &self,
        compiler: &Compiler,
        begins: impl FnOnce(usize),
    ) -> Result<Option<Compilation>, LoadError> {
        let (mut compilation, mut size) = (None, 0);
        let compiled = self.compiled.get_or_init(|| {
            let mut package = self.package.lock().unwrap_or_else(PoisonError::into_inner);
            let package = package.take().ok_or("its bytes are gone")?;
            let bytes = package.bytes();
            let component = compiler
                .cache
                .component(&compiler.engine, bytes, &self.hash, begins);
            let (component, made) = component.map_err(|error| format!("{error:#}"))?;
            (compilation, size) = (made, bytes.len());
            let targets = self.targets.iter();
            let exports = targets.map(|target| target.index(&component)).collect();
            Ok(Compiled {
                prepare: target::prepare(&component),
                component,
                exports,
            })
        });
        if compilation.is_some() {
            // The package as well is gone by now.
            give_back(size);
        }
        match compiled {
            Ok(_) => Ok(compilation),
            Err(reason) => Err(LoadError::Invalid {
                skill: self.descriptor.id.clone(),
                reason: reason.clone(),
            }),
        }
    }

    /// Returns the compiled code, or `None` before compilation and if it failed.
    pub fn compiled(&self) -> Option<&Compiled> {
        self.compiled.get()?.as_ref().ok()
    }

    /// Links the compiled code.
    ///
    /// # Errors
    /// wasmtime's, or an error if the code is not compiled.
    pub fn link(&self, compiler: &Compiler) -> wasmtime::Result<InstancePre<SkillStore>> {
        let compiled = self.compiled();
        let compiled = compiled.ok_or_else(|| wasmtime::Error::msg("its code is not compiled"))?;
        link(&compiler.linker, &self.imported, &compiled.component)
    }
}

fn link(
    linker: &Linker<SkillStore>,
    imported: &[Imported],
    component: &Component,
) -> wasmtime::Result<InstancePre<SkillStore>> {
    match imported {
        [] => linker.instantiate_pre(component),
        imported => imports::link(linker, imported)?.instantiate_pre(component),
    }
}
