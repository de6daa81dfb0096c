/**
 * The recent past of a few meters, so that a chart has something to show when it is opened.
 *
 * <p>Start with {@link io.fairlead.control.series.MetricSeries} (what is remembered, and how much),
 * then {@code Track} (which meters); {@code control.http.SeriesArea} answers with it.
 *
 * <p>Invariants: which series there are is a fixed list, so memory is bounded whatever is
 * configured; a sample never waits for a reader.
 */
@NullMarked
package io.fairlead.control.series;

import org.jspecify.annotations.NullMarked;
