/**
 * Accounts of sites: who may ask for what a route has, by name and password (Basic, RFC 7617).
 *
 * <p>Start with {@link io.fairlead.http.login.LoginConfig}, what a site or a route says; {@link
 * io.fairlead.http.login.SiteLogins} opens the accounts when a configuration is prepared, and
 * {@link io.fairlead.http.login.SiteAccounts} is what requests are judged by.
 *
 * <p>Invariants: an account belongs to a request, never to its connection, which others may share;
 * passwords are checked off the event loop by {@link io.fairlead.net.auth}; accounts that a change
 * leaves as they are keep the passwords that were checked a moment ago.
 */
@NullMarked
package io.fairlead.http.login;

import org.jspecify.annotations.NullMarked;
