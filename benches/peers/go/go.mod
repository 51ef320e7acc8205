// Nothing but the standard library. The version also keeps the listener on plain TCP: from 1.24 on
// Go asks for MPTCP, which pollcast does not.
module chat

go 1.22
