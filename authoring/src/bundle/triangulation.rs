//! How actions are weighed, and the experiments with it.

use engine::bundle::{Challenger, Control, Experiments, Exploration, ProductFocus, Triangulation};

use super::{
    Problem,
    compiler::{Compiler, unknown},
    policy,
};

impl Compiler<'_> {
    pub(super) fn triangulation(&self, written: &policy::Triangulation) -> Triangulation {
        let mut products = Vec::new();
        for (product, focus) in &written.focus {
            let actions = self.policy.actions.iter();
            let known = actions.map(|action| action.product.value.as_str());
            if known.clone().any(|name| name == product.value) {
                products.push(ProductFocus {
                    product: product.value.clone(),
                    focus: *focus,
                });
            } else {
                unknown("product", product, known, self.log);
            }
        }
        let [
            propensity,
            intent,
            urgency,
            persona,
            value,
            life_stage,
            focus,
        ] = written.factors;
        Triangulation {
            propensity,
            intent,
            urgency,
            persona,
            value,
            life_stage,
            focus,
            formula: written.formula.as_ref().map(|source| self.formula(source)),
            value_scale: written.value_scale,
            life_stages: written.life_stages,
            products,
        }
    }

    pub(super) fn experiments(&self) -> Experiments {
        let written = &self.policy.experiments;
        let mut until = 0.0;
        for challenger in &written.challengers {
            until += challenger.share.value;
            if until > 1.0 {
                let problem = Problem::Invalid {
                    key: "share".to_owned(),
                    found: format!(
                        "{}, and all challengers together over 1",
                        challenger.share.value
                    ),
                    remedy: "leave some decisions to the champion".to_owned(),
                };
                self.log.add(challenger.share.place(), problem);
            }
        }
        let challenger = |challenger: &policy::Challenger| Challenger {
            id: challenger.id.value.clone(),
            share: policy::small(challenger.share.value),
            triangulation: self.triangulation(&challenger.triangulation),
        };
        let control = written.control.as_ref();
        let exploration = written.exploration;
        Experiments {
            control: control.and_then(|(share, withholds)| {
                let withholds = self.group(Some(withholds))?;
                Some(Control {
                    share: *share,
                    withholds,
                })
            }),
            challengers: written.challengers.iter().map(challenger).collect(),
            exploration: exploration.map(|(share, spread)| Exploration { share, spread }),
        }
    }
}
