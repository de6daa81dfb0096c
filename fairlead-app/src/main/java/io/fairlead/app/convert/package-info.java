/**
 * Configurations of other programs, read and written anew as ours.
 *
 * <p>Start with {@link ConfigConversion}. Then {@link NginxParser} and {@link NginxConverter} (one
 * site each in {@link NginxSites}, one location in {@link NginxLocations}), or {@link
 * WmproxyConverter}, {@link MosquittoConverter} or {@link FrpConverter}; all fill a {@link Draft}.
 *
 * <p>Flow: text → tree with places → draft (sections and remarks) → {@link Conversion}. Nothing
 * here starts, binds or asks anything; files are read through {@link Includes} only.
 *
 * <p>Invariants: every construct is either converted or the subject of a remark that names its file
 * and line; what guards a resource and cannot be expressed closes it ({@code 501}) rather than
 * leaving it open; sizes, depths and counts of the input are bounded.
 */
@NullMarked
package io.fairlead.app.convert;

import org.jspecify.annotations.NullMarked;
