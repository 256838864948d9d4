//! Work on many things at once.

/// Does work on all of them in parts, in their order, on every processor. A part that has less than `fewest` is not worth a
/// thread.
///
/// # Errors
///
/// The error of the first part that has one; all parts are through by then.
pub(crate) fn in_parts<T: Sync, R: Send, E: Send>(
    all: &[T],
    fewest: usize,
    work: impl Fn(&[T]) -> Result<R, E> + Sync,
) -> Result<Vec<R>, E> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let part = all.len().div_ceil(processors).max(fewest);
    if part >= all.len() {
        return Ok(vec![work(all)?]);
    }
    std::thread::scope(|scope| {
        let parts: Vec<_> = all
            .chunks(part)
            .map(|part| scope.spawn(|| work(part)))
            .collect();
        parts
            .into_iter()
            .map(|part| {
                part.join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect()
    })
}
