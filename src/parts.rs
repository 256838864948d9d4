//! Parallel work on many items.

/// Processes all items in parts on all processors, keeping their order. A part with fewer than `fewest` items gets no
/// thread.
///
/// # Errors
///
/// Returns the error of the first part that fails, after all parts have finished.
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
