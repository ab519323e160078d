//! What every benchmark uses: processes with a core of their own, deliveries signed as Meta signs them, and the table of figures.

pub(crate) mod deliveries;
pub(crate) mod http;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod report;
