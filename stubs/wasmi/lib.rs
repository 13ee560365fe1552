//! What `typst-library` calls to run a plugin. No module can be loaded, so nothing behind [`Module::new`] exists: the
//! types there have no values, and what they do cannot happen.

use std::convert::Infallible;
use std::marker::PhantomData;

/// Why nothing can be loaded.
#[derive(Debug)]
pub struct Error;

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("this program runs no plugins")
    }
}

impl std::error::Error for Error {}

/// Settings.
#[derive(Debug, Default)]
pub struct Config;

impl Config {
    /// One of them.
    pub fn wasm_relaxed_simd(&mut self, _: bool) -> &mut Self {
        self
    }
}

/// Would run modules.
#[derive(Debug)]
pub struct Engine;

impl Engine {
    /// With settings.
    pub fn new(_: &Config) -> Self {
        Self
    }
}

/// A module: there is none.
#[derive(Debug)]
pub struct Module(Infallible);

impl Module {
    /// Always an error.
    pub fn new(_: &Engine, _: &[u8]) -> Result<Self, Error> {
        Err(Error)
    }
    /// What it would give by a name.
    pub fn get_export(&self, _: &str) -> Option<ExternType> {
        match self.0 {}
    }
    /// All that it would give.
    pub fn exports(&self) -> std::vec::IntoIter<ExportType> {
        match self.0 {}
    }
}

/// Something that a module would give.
#[derive(Debug)]
pub struct ExportType(Infallible);

impl ExportType {
    /// What it is.
    pub fn ty(&self) -> &ExternType {
        match self.0 {}
    }
    /// Its name.
    pub fn name(&self) -> &str {
        match self.0 {}
    }
}

/// What something is.
#[derive(Debug)]
pub enum ExternType {
    /// Memory.
    Memory(Infallible),
    /// A function.
    Func(Infallible),
}

/// Would tie a module to its host.
#[derive(Debug)]
pub struct Linker<T>(Engine, PhantomData<fn() -> T>);

impl<T> Linker<T> {
    /// To this engine.
    pub fn new(_: &Engine) -> Self {
        Self(Engine, PhantomData)
    }
    /// Would take a function of the host's.
    pub fn func_wrap<F>(&mut self, _: &str, _: &str, _: F) -> Result<&mut Self, Error> {
        Ok(self)
    }
    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.0
    }
    /// Would begin a module.
    pub fn instantiate_and_start(&self, _: &mut Store<T>, module: &Module) -> Result<Instance, Error> {
        match module.0 {}
    }
}

/// What a module would work with.
#[derive(Debug)]
pub struct Store<T>(T);

impl<T> Store<T> {
    /// With the host's data.
    pub fn new(_: &Engine, data: T) -> Self {
        Self(data)
    }
    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// A module under way: there is none.
#[derive(Debug)]
pub struct Instance(Infallible);

impl Instance {
    /// What it would give by a name.
    pub fn get_export<T>(&self, _: &Store<T>, _: &str) -> Option<Extern> {
        match self.0 {}
    }
}

/// Something that a module under way would give.
#[derive(Debug)]
pub struct Extern(Infallible);

impl Extern {
    /// As a function.
    pub fn into_func(self) -> Option<Func> {
        match self.0 {}
    }
    /// As memory.
    pub fn into_memory(self) -> Option<Memory> {
        match self.0 {}
    }
}

/// A function.
#[derive(Debug)]
pub struct Func(Infallible);

impl Func {
    /// Its type.
    pub fn ty<T>(&self, _: &Store<T>) -> FuncType {
        match self.0 {}
    }
    /// Would call it.
    pub fn call<T>(&self, _: &mut Store<T>, _: &[Val], _: &mut [Val]) -> Result<(), Error> {
        match self.0 {}
    }
}

/// A function's type.
#[derive(Debug)]
pub struct FuncType(Infallible);

impl FuncType {
    /// What it takes.
    pub fn params(&self) -> &[ValType] {
        match self.0 {}
    }
    /// What it gives.
    pub fn results(&self) -> &[ValType] {
        match self.0 {}
    }
}

/// A value's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValType {
    /// 32 bits.
    I32,
}

/// A value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Val {
    /// 32 bits.
    I32(i32),
    /// None of those that the protocol knows.
    Other,
}

/// A module's memory.
#[derive(Debug)]
pub struct Memory(Infallible);

impl Memory {
    /// In pages.
    pub fn size<T>(&self, _: &Store<T>) -> u64 {
        match self.0 {}
    }
    /// Its bytes.
    pub fn data<'a, T>(&self, _: &'a Store<T>) -> &'a [u8] {
        match self.0 {}
    }
    /// Its bytes, to be written.
    pub fn data_mut<'a, T>(&self, _: &'a mut Store<T>) -> &'a mut [u8] {
        match self.0 {}
    }
    /// Would make it larger.
    pub fn grow<T>(&self, _: &mut Store<T>, _: u64) -> Result<u64, Error> {
        match self.0 {}
    }
    /// Would write into it.
    pub fn write<T>(&self, _: &mut Caller<T>, _: usize, _: &[u8]) -> Result<(), Error> {
        match self.0 {}
    }
    /// Would read from it.
    pub fn read<T>(&self, _: &Caller<T>, _: usize, _: &mut [u8]) -> Result<(), Error> {
        match self.0 {}
    }
}

/// A module that calls its host.
#[derive(Debug)]
pub struct Caller<T>(Infallible, PhantomData<T>);

impl<T> Caller<T> {
    /// What it would give by a name.
    pub fn get_export(&self, _: &str) -> Option<Extern> {
        match self.0 {}
    }
    /// The host's data.
    pub fn data_mut(&mut self) -> &mut T {
        match self.0 {}
    }
}
