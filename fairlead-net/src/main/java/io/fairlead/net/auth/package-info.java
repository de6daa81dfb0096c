/**
 * Who someone is, by name and password.
 *
 * <p>Start with {@link io.fairlead.net.auth.Authenticator}; {@link
 * io.fairlead.net.auth.UsersAuthenticator} answers from a {@link io.fairlead.net.auth.UsersFile},
 * which is the same for every protocol. {@link io.fairlead.net.auth.AuthThrottle} is shared by all
 * authenticators of a process.
 *
 * <p>Invariants: no hashing on an event loop; an unknown user costs as much time as a wrong
 * password and gets the same answer; nothing here logs or prints a password or a hash.
 */
@NullMarked
package io.fairlead.net.auth;

import org.jspecify.annotations.NullMarked;
