/**
 * Network addresses as values: what a listener binds, what a rule covers. Start with {@link
 * io.fairlead.core.address.ListenAddress} and {@link io.fairlead.core.address.Cidr}.
 *
 * <p>Invariants: a value that exists is valid and canonical; nothing here resolves a name. Text
 * forms: {@code host:port}, {@code :port}, {@code [v6]:port}, {@code unix:/path}, RFC 4632 and RFC
 * 4291 §2.3 prefixes.
 */
@NullMarked
package io.fairlead.core.address;

import org.jspecify.annotations.NullMarked;
