//! The contracts without their type parameters, for an engine that does not know its components.
//!
//! Authors implement [`Input`] and [`Output`] with plain `async fn`; the one allocation for each
//! request is made here.

use std::future::Future;
use std::pin::Pin;

use crate::{Chunk, Encode, HeaderRule, Input, InputError, Intake, Output, SendError, Sent};

/// A future whose type nobody needs to know.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An [`Input`] of any type.
pub trait AnyInput: Send {
    /// See [`Input::JOINS`].
    fn joins(&self) -> bool;
    /// See [`Input::header`].
    fn header(&self) -> Option<&HeaderRule>;
    /// See [`Input::run`].
    fn run(self: Box<Self>, intake: Intake) -> BoxFuture<'static, Result<(), InputError>>;
}

impl<I: Input> AnyInput for I {
    fn joins(&self) -> bool {
        I::JOINS
    }

    fn header(&self) -> Option<&HeaderRule> {
        Input::header(self)
    }

    fn run(self: Box<Self>, intake: Intake) -> BoxFuture<'static, Result<(), InputError>> {
        Box::pin(Input::run(*self, intake))
    }
}

/// An [`Output`] of any type.
pub trait AnyOutput: Send + Sync {
    /// See [`Output::encoder`].
    fn encoder(&self) -> Box<dyn Encode>;
    /// See [`Output::unpack`].
    fn unpack(&self, chunk: &Chunk) -> Option<Vec<u8>>;
    /// See [`Output::document`].
    fn document<'a>(&self, item: &'a [u8]) -> &'a [u8];
    /// See [`Output::send`].
    fn send<'a>(&'a self, request: &'a [Chunk]) -> BoxFuture<'a, Result<Sent, SendError>>;
    /// See [`Output::close`].
    fn close(&self) -> BoxFuture<'_, ()>;
}

impl<O: Output> AnyOutput for O {
    fn encoder(&self) -> Box<dyn Encode> {
        Output::encoder(self)
    }

    fn unpack(&self, chunk: &Chunk) -> Option<Vec<u8>> {
        Output::unpack(self, chunk)
    }

    fn document<'a>(&self, item: &'a [u8]) -> &'a [u8] {
        Output::document(self, item)
    }

    fn send<'a>(&'a self, request: &'a [Chunk]) -> BoxFuture<'a, Result<Sent, SendError>> {
        Box::pin(Output::send(self, request))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(Output::close(self))
    }
}
