//! Who is first by figures that were taken once: there is no noise to hold them against.

use crate::report::number::{Kind, significant};
use crate::report::ranking::reasons::{self, About};

/// What is nearer than this to each other is called a tie.
pub(crate) const TIE: f64 = 1.1;

/// Nothing if there are no two to compare.
pub(crate) fn first(what: &str, kind: Kind, is_less: bool, all: &[(String, f64)]) -> String {
    let mut sorted: Vec<&(String, f64)> = all.iter().collect();
    let worse = |figure: f64| if is_less { figure } else { -figure };
    sorted.sort_by(|one, other| worse(one.1).total_cmp(&worse(other.1)));
    let [(first, best), (second, next), ..] = sorted[..] else { return String::new() };
    let times = if is_less { next / best } else { best / next };
    let tied = sorted.iter().take_while(|(_, figure)| {
        let apart = if is_less { figure / best } else { best / figure };
        apart <= TIE || figure == best
    });
    let tied: Vec<&str> = tied.map(|(name, _)| &**name).collect();
    let figure = kind.show(*best);
    let why = reasons::sentence(tied.iter().copied(), about(kind));
    if tied.len() > 1 {
        return format!("- By {what}: a tie of {} ({figure}).{why}\n", tied.join(", "));
    }
    let by = match times.is_finite() {
        true => format!("by a factor of {} before {second}", significant(times)),
        false => format!("before {second} ({})", kind.show(*next)),
    };
    format!("- By {what}: **{first}** is first ({figure}), {by}.{why}\n")
}

/// Connections are never told of figures that were taken once.
fn about(kind: Kind) -> About {
    if kind == Kind::Memory { About::Memory } else { About::Messages }
}

#[cfg(test)]
mod tests {
    use super::first;
    use crate::report::number::Kind;

    fn told(is_less: bool, figures: [f64; 3]) -> String {
        let names = ["one", "two", "three"].map(str::to_owned);
        let all: Vec<(String, f64)> = names.into_iter().zip(figures).collect();
        first("it", Kind::Plain, is_less, &all)
    }

    #[test]
    fn who_is_first_depends_on_what_is_better() {
        let by_three = "- By it: **three** is first (2.00), by a factor of 2.00 before one.\n";
        assert_eq!(told(true, [4.0, 9.0, 2.0]), by_three);
        let by_two = "- By it: **two** is first (9.00), by a factor of 2.25 before one.\n";
        assert_eq!(told(false, [4.0, 9.0, 2.0]), by_two);
    }

    #[test]
    fn who_is_near_is_not_behind() {
        assert_eq!(told(true, [1.0, 1.05, 9.0]), "- By it: a tie of one, two (1.00).\n");
        assert_eq!(
            told(true, [0.0, 5.0, 9.0]),
            "- By it: **one** is first (0), before two (5.00).\n"
        );
    }
}
