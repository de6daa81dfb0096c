/**
 * The audit file: one JSON line for each thing that must be accounted for, chained by hashes.
 *
 * <p>Start with {@link io.fairlead.app.audit.AuditFile}, which everybody writes through; {@link
 * io.fairlead.app.audit.AuditLine} is the form of one line, {@link
 * io.fairlead.app.audit.AuditChain} checks files that were written.
 *
 * <p>Invariants: numbers rise by one and each line carries the SHA-256 of the line before it, also
 * over rotations and restarts; a line is on the disk before its writer goes on; what a crash left
 * half written is cut off and told by the next line.
 */
@NullMarked
package io.fairlead.app.audit;

import org.jspecify.annotations.NullMarked;
